package io.tfo.spi;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import org.jspecify.annotations.Nullable;

/**
 * A connect, from its SYN until it is answered. Loaded once Flight Recorder has been started: the
 * first event class of a JVM takes a quarter of a second to load.
 */
@Name("io.tfo.Connect")
@Label("TCP Fast Open Connect")
@Category({"Java Application", "TCP Fast Open"})
@Description("A connect by a connector or a drop-in, from its SYN until it is answered")
@StackTrace
@Threshold("0 ms")
final class ConnectEvent extends Event {
  /** Tells whether the event is enabled, without creating a new one. */
  static final ConnectEvent ENABLED = new ConnectEvent();

  @Label("Address")
  @Nullable String address;

  @Label("Port")
  int port;

  @Label("Drop-in")
  @Nullable String dropIn;

  @Label("Backend")
  @Nullable String backend;

  @Label("SYN Data")
  @Description("How much data the SYN carried; -1 if the library does not know")
  @DataAmount
  int synData;

  @Label("Outcome")
  @Nullable String outcome;

  @Label("Plain Reason")
  @Description("Why the SYN carried no data, and asked for no cookie")
  @Nullable String plainReason;

  @Label("Failure")
  @Nullable String failure;
}
