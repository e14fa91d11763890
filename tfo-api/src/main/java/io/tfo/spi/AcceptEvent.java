package io.tfo.spi;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** An accepted connection. Loaded once Flight Recorder has been started. */
@Name("io.tfo.Accept")
@Label("TCP Fast Open Accept")
@Category({"Java Application", "TCP Fast Open"})
@Description("A connection that a listener with TCP Fast Open has accepted")
@StackTrace
final class AcceptEvent extends Event {
  /** Tells whether the event is enabled, without creating a new one. */
  static final AcceptEvent ENABLED = new AcceptEvent();

  @Label("Address")
  @Nullable String address;

  @Label("Port")
  int port;

  @Label("Local Port")
  int localPort;

  @Label("Outcome")
  @Nullable String outcome;
}
