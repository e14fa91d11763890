package io.tfo.integration.socket;

/** {@link SocketBehaviourTest} with each setting. */
class SocketBehaviourSoakTest extends SocketBehaviourTest {}
