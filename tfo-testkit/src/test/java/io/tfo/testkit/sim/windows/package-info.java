/**
 * A simulated Winsock: it decodes the numbers and bytes of Windows by a table of its own, is as
 * strict as Windows, and carries the calls out on Linux, with real TCP and real TCP Fast Open.
 */
package io.tfo.testkit.sim.windows;
