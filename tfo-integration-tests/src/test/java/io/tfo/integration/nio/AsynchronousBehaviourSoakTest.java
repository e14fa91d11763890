package io.tfo.integration.nio;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The table of {@link AsynchronousBehaviourTest} on a group of one thread, where the JDK writes
 * when the system is ready and not in the call; and with the client side off.
 */
@Timeout(300)
class AsynchronousBehaviourSoakTest {
  @ParameterizedTest
  @CsvSource({BehaviourTable.ON + ", 1", "2, 0", "2, 1"})
  void channelsBehaveAsTheJdks(String fastOpen, int threads) throws Exception {
    AsynchronousBehaviourTest.compare(fastOpen, threads);
  }
}
