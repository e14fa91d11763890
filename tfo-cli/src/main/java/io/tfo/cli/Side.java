package io.tfo.cli;

import io.tfo.FastOpenCapability;
import java.util.Locale;

/** The usability of one side, to connect or to listen, according to its capability. */
enum Side {
  USABLE,
  NOT_USABLE,
  /** The system does not tell whether it can be used; the library tries to use it. */
  NOT_KNOWN;

  static Side of(FastOpenCapability capability) {
    if (capability.status() != FastOpenCapability.Status.AVAILABLE) {
      return NOT_USABLE;
    }
    return capability.isKnown() ? USABLE : NOT_KNOWN;
  }

  /** The status in the words of a report. */
  static String status(FastOpenCapability capability) {
    return of(capability) == NOT_KNOWN
        ? "not known"
        : capability.status().name().toLowerCase(Locale.ROOT);
  }

  /** The exit status. A side that is not known does not count as usable. */
  static int exitStatus(FastOpenCapability client, FastOpenCapability server) {
    boolean connects = of(client) == USABLE;
    boolean listens = of(server) == USABLE;
    return connects && listens
        ? ExitStatus.YES
        : connects || listens ? ExitStatus.NO : ExitStatus.NOT_AT_ALL;
  }

  /** The verdict in a sentence. */
  static String verdict(FastOpenCapability client, FastOpenCapability server) {
    Side connect = of(client);
    Side listen = of(server);
    if (connect == NOT_KNOWN && listen == NOT_KNOWN) {
      return "Whether TCP Fast Open can be used is not known.";
    }
    if (connect == NOT_KNOWN || listen == NOT_KNOWN) {
      String known = listen == NOT_KNOWN ? "connect" : "listen";
      String other = listen == NOT_KNOWN ? "listen" : "connect";
      return "TCP Fast Open "
          + (connect == USABLE || listen == USABLE ? "can be used to " : "cannot be used to ")
          + known
          + "; whether to "
          + other
          + " is not known.";
    }
    if (connect == USABLE) {
      return listen == USABLE
          ? "TCP Fast Open can be used to connect and to listen."
          : "TCP Fast Open can be used to connect, but not to listen.";
    }
    return listen == USABLE
        ? "TCP Fast Open can be used to listen, but not to connect."
        : "TCP Fast Open cannot be used: connects and listeners are ordinary ones.";
  }
}
