package io.tfo.integration.socket;

/** {@link FastOpenWithProgramsTest} under each condition. */
class FastOpenWithProgramsSoakTest extends FastOpenWithProgramsTest {}
