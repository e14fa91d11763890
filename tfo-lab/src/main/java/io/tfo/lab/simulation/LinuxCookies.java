package io.tfo.lab.simulation;

import io.tfo.lab.libc.Libc;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The cookies that Linux has of servers, by their address (linux/tcp_metrics.h, by generic
 * netlink). They belong to the namespace of a socket, and to forget one needs the rights of an
 * administrator.
 */
public final class LinuxCookies {
  private static final int NETLINK_GENERIC = 16; // linux/netlink.h
  private static final short NLM_F_REQUEST = 1;
  private static final short NLM_F_ACK = 4;
  private static final short NLMSG_ERROR = 2;
  private static final int NLMSG_HDRLEN = 16;
  private static final short GENL_ID_CTRL = 16; // linux/genetlink.h
  private static final byte CTRL_CMD_GETFAMILY = 3;
  private static final short CTRL_ATTR_FAMILY_ID = 1;
  private static final short CTRL_ATTR_FAMILY_NAME = 2;
  private static final int GENL_HDRLEN = 4;
  private static final byte CMD_GET = 1;
  private static final byte CMD_DEL = 2;
  private static final short ATTR_ADDR_IPV4 = 1;
  private static final short ATTR_ADDR_IPV6 = 2;
  private static final short ATTR_FOPEN_COOKIE = 10;
  private static final int SIOCGSKNS = 0x894c; // linux/sockios.h
  private static final int CLONE_NEWNET = 0x40000000; // linux/sched.h
  private static final int O_RDONLY_CLOEXEC = 0x80000; // bits/fcntl.h: O_RDONLY is 0
  private static final byte[] OWN =
      "/proc/thread-self/ns/net\0".getBytes(StandardCharsets.US_ASCII);
  private static final int ANSWER_BYTES = 8192;

  /**
   * The one thread that enters the namespaces: a connect asks three times, and a new thread would
   * cost more than the query.
   */
  private static final ExecutorService THREAD =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "simulated-cookies");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * The thread's own namespace, where it waits, so that it keeps no lab's namespace. Negative: none
   * yet.
   */
  private static int own = -1;

  /** The number of the family, the same in all namespaces; null before it was asked for. */
  private static volatile byte @Nullable [] family;

  private LinuxCookies() {}

  /** A task in a socket's namespace; returns what the task does. */
  private interface Task {
    byte @Nullable [] run(int netlink);
  }

  /**
   * Returns the cookie of a server.
   *
   * @param fd a socket of the client
   * @param address the server, in the layout of Linux
   * @return empty if there is none, or if this process may not ask
   */
  public static Optional<byte[]> find(int fd, byte[] address) {
    return in(fd, netlink -> attribute(ask(netlink, CMD_GET, address), ATTR_FOPEN_COOKIE));
  }

  /**
   * Forgets the cookie of a server, so that the next SYN asks for one.
   *
   * @param fd a socket of the client
   * @param address the server, in the layout of Linux
   * @return false if it is still known, since this process may not forget it
   */
  public static boolean forget(int fd, byte[] address) {
    return in(
            fd,
            netlink -> {
              ask(netlink, CMD_DEL, address);
              return attribute(ask(netlink, CMD_GET, address), ATTR_FOPEN_COOKIE);
            })
        .isEmpty();
  }

  private static Optional<byte[]> in(int fd, Task task) {
    int namespace = Libc.ioctl(fd, SIOCGSKNS, new byte[Integer.BYTES]);
    if (namespace < 0) {
      return Optional.ofNullable(here(task));
    }
    Future<byte @Nullable []> work = THREAD.submit(() -> there(namespace, task));
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return Optional.ofNullable(work.get());
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          throw new IllegalStateException(e);
        }
      }
    } finally {
      Libc.close(namespace);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static byte @Nullable [] there(int namespace, Task task) {
    if (own < 0 && Libc.unshare(CLONE_NEWNET) == 0) {
      own = Libc.open(OWN, O_RDONLY_CLOEXEC, 0);
    }
    if (own < 0 || Libc.setns(namespace, CLONE_NEWNET) < 0) {
      return null;
    }
    try {
      return here(task);
    } finally {
      Libc.setns(own, CLONE_NEWNET);
    }
  }

  private static byte @Nullable [] here(Task task) {
    int netlink = Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC, NETLINK_GENERIC);
    try {
      return task.run(netlink);
    } finally {
      Libc.close(netlink);
    }
  }

  private static @Nullable ByteBuffer ask(int netlink, byte command, byte[] address) {
    byte[] number = family;
    if (number == null) {
      byte[] name = "tcp_metrics\0".getBytes(StandardCharsets.US_ASCII);
      number =
          attribute(
              request(netlink, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME, name),
              CTRL_ATTR_FAMILY_ID);
      if (number == null) {
        return null;
      }
      family = number;
    }
    short type = ByteBuffer.wrap(number).order(ByteOrder.nativeOrder()).getShort();
    byte[] host = host(address);
    short attribute = host.length == Integer.BYTES ? ATTR_ADDR_IPV4 : ATTR_ADDR_IPV6;
    return request(netlink, type, command, attribute, host);
  }

  /** Returns the address as Linux keeps it: of an IPv4-mapped address, the IPv4 address. */
  private static byte[] host(byte[] address) {
    if (address.length < 28) {
      return Arrays.copyOfRange(address, 4, 8);
    }
    byte[] mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1};
    return Arrays.equals(mapped, 0, 12, address, 8, 20)
        ? Arrays.copyOfRange(address, 20, 24)
        : Arrays.copyOfRange(address, 8, 24);
  }

  /** Returns the attributes of the answer; null if the answer is an error, or a mere success. */
  private static @Nullable ByteBuffer request(
      int netlink, short type, byte command, short attribute, byte[] value) {
    int padded = (value.length + 3) / 4 * 4;
    int length = NLMSG_HDRLEN + GENL_HDRLEN + 4 + padded;
    short flags = command == CMD_DEL ? (short) (NLM_F_REQUEST | NLM_F_ACK) : NLM_F_REQUEST;
    ByteBuffer message = ByteBuffer.allocate(length).order(ByteOrder.nativeOrder());
    message.putInt(length).putShort(type).putShort(flags).putInt(1).putInt(0);
    message.put(command).put((byte) 1).putShort((short) 0);
    message.putShort((short) (4 + value.length)).putShort(attribute).put(value);
    byte[] answer = new byte[ANSWER_BYTES];
    if (Libc.send(netlink, message.array(), length, 0) < 0) {
      return null;
    }
    long received = Libc.recv(netlink, answer, answer.length, Libc.MSG_DONTWAIT);
    if (received < NLMSG_HDRLEN + GENL_HDRLEN) {
      return null;
    }
    ByteBuffer reply = ByteBuffer.wrap(answer, 0, (int) received).order(ByteOrder.nativeOrder());
    return reply.getShort(4) == NLMSG_ERROR
        ? null
        : reply.limit(Math.min(reply.getInt(0), (int) received));
  }

  private static byte @Nullable [] attribute(@Nullable ByteBuffer reply, short wanted) {
    if (reply == null) {
      return null;
    }
    int at = NLMSG_HDRLEN + GENL_HDRLEN;
    while (at + 4 <= reply.limit()) {
      int length = reply.getShort(at);
      if (reply.getShort(at + 2) == wanted) {
        byte[] value = new byte[length - 4];
        reply.get(at + 4, value);
        return value;
      }
      at += Math.max(4, (length + 3) / 4 * 4);
    }
    return null;
  }
}
