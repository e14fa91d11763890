package io.tfo.backend.linux.connect;

import io.tfo.testkit.ConformanceTests;

/** Runs the suite on the kernel of this machine. */
class ConformanceTest extends ConformanceTests {}
