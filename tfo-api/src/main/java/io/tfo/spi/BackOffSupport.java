package io.tfo.spi;

import io.tfo.FastOpenStatistics.BackOff;
import java.util.List;

/**
 * An optional interface of a backend's {@link io.tfo.FastOpenConnector}, for {@link
 * io.tfo.FastOpenStatistics}: tells to which destinations connects are plain for now.
 */
@FunctionalInterface
public interface BackOffSupport {
  /**
   * Tells the destinations to which connects are plain now, since SYNs were lost there.
   *
   * @param most the maximum number of destinations; 0 or more
   * @return the widest first, then in no order
   */
  List<BackOff> backOff(int most);
}
