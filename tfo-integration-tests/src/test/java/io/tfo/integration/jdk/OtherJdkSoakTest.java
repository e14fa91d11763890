package io.tfo.integration.jdk;

/** {@link OtherJdkTest} with each member. */
class OtherJdkSoakTest extends OtherJdkTest {}
