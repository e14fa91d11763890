package io.tfo.cli;

import io.tfo.lab.Lab;
import io.tfo.lab.LabAvailability;
import io.tfo.lab.Segment;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadFactory;

/** Two hosts in the lab: every segment is captured, and delayed if the lab has a wire. */
final class LabEnvironment implements DemoEnvironment {
  private final Lab lab;

  private LabEnvironment(Lab lab) {
    this.lab = lab;
  }

  static LabEnvironment open(Duration roundTrip) throws IOException {
    Lab lab = Lab.open();
    if (lab.kind() == LabAvailability.Kind.TWO_HOSTS) {
      lab.wire().delay(roundTrip.dividedBy(2));
    }
    return new LabEnvironment(lab);
  }

  @Override
  public <T> T onClient(Callable<T> task) throws Exception {
    return lab.client().call(task);
  }

  @Override
  public <T> T onServer(Callable<T> task) throws Exception {
    return lab.server().call(task);
  }

  @Override
  public ThreadFactory serverThreads() {
    return lab.server().threads();
  }

  @Override
  public InetAddress server() {
    return lab.server().ipv4();
  }

  @Override
  public void discardSegments() {
    lab.wire().forget();
  }

  @Override
  public List<Segment> segments() {
    return lab.wire().segments();
  }

  @Override
  public void close() {
    lab.close();
  }
}
