package io.tfo.integration.socket;

/** {@link ClientLibrariesTest} under each condition. */
class ClientLibrariesSoakTest extends ClientLibrariesTest {}
