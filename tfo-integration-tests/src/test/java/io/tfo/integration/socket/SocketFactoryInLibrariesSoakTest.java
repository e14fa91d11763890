package io.tfo.integration.socket;

/** {@link SocketFactoryInLibrariesTest} under each condition. */
class SocketFactoryInLibrariesSoakTest extends SocketFactoryInLibrariesTest {}
