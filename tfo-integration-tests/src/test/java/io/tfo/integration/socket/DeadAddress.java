package io.tfo.integration.socket;

/** How an address is dead. */
enum DeadAddress {
  /** No server listens at the port. */
  REFUSED,
  /** The path swallows every segment. */
  SILENT
}
