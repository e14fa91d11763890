package io.tfo.testkit;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Collections;

/** Addresses of the loopback interface. */
public final class LoopbackAddresses {
  private LoopbackAddresses() {}

  /**
   * Returns {@code ::1}.
   *
   * @return the address, whether or not the machine has it
   * @throws UnknownHostException never
   */
  public static InetAddress ipv6() throws UnknownHostException {
    byte[] address = new byte[16];
    address[15] = 1;
    return InetAddress.getByAddress(address);
  }

  /** Says whether an interface has {@code ::1}. */
  static boolean hasIpv6() throws SocketException {
    for (NetworkInterface each : Collections.list(NetworkInterface.getNetworkInterfaces())) {
      for (InetAddress address : Collections.list(each.getInetAddresses())) {
        if (address instanceof Inet6Address && address.isLoopbackAddress()) {
          return true;
        }
      }
    }
    return false;
  }
}
