package io.tfo.backend.linux.legacy;

import io.tfo.testkit.ConformanceTests;

/** Runs the suite on the kernel of this machine. */
class ConformanceTest extends ConformanceTests {}
