package io.tfo.integration.nio;

/** {@link ProgramsTest} with each program. */
class NioProgramsSoakTest extends ProgramsTest {}
