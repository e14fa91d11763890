package io.tfo.integration.socket;

/** {@link TlsBehaviourTest} in each state. */
class TlsBehaviourSoakTest extends TlsBehaviourTest {}
