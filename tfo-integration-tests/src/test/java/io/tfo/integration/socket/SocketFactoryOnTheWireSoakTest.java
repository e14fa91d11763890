package io.tfo.integration.socket;

/** {@link SocketFactoryOnTheWireTest} under each condition. */
class SocketFactoryOnTheWireSoakTest extends SocketFactoryOnTheWireTest {}
