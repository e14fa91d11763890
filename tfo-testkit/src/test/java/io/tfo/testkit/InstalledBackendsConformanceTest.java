package io.tfo.testkit;

/** The suite against every backend of this repository, on this machine's own kernel. */
class InstalledBackendsConformanceTest extends ConformanceTests {}
