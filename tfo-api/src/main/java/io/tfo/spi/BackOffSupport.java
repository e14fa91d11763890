package io.tfo.spi;

import io.tfo.FastOpenStatistics.BackOff;
import java.util.List;

/**
 * What a backend's {@link io.tfo.FastOpenConnector} may implement besides, for {@link
 * io.tfo.FastOpenStatistics}: tells where connects are plain for now.
 */
@FunctionalInterface
public interface BackOffSupport {
  /**
   * Tells the destinations to which connects are plain now, since SYNs were lost there.
   *
   * @param most how many at most; 0 or more
   * @return the widest first, then in no order
   */
  List<BackOff> backOff(int most);
}
