package io.tfo.integration.strace;

/** {@link StraceTest} with each failure. */
class StraceSoakTest extends StraceTest {}
