package io.tfo.integration.socket;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.Arrays;
import java.util.TreeSet;

/** One call of a socket, with all that it answers. */
enum SocketCall {
  IS_CONNECTED((s, p) -> s.isConnected()),
  IS_BOUND((s, p) -> s.isBound()),
  IS_CLOSED((s, p) -> s.isClosed()),
  IS_INPUT_SHUTDOWN((s, p) -> s.isInputShutdown()),
  IS_OUTPUT_SHUTDOWN((s, p) -> s.isOutputShutdown()),
  GET_CHANNEL((s, p) -> s.getChannel()),
  GET_INET_ADDRESS((s, p) -> s.getInetAddress()),
  GET_PORT((s, p) -> s.getPort()),
  GET_LOCAL_ADDRESS((s, p) -> s.getLocalAddress()),
  GET_LOCAL_PORT((s, p) -> s.getLocalPort()),
  GET_REMOTE_SOCKET_ADDRESS((s, p) -> s.getRemoteSocketAddress()),
  GET_LOCAL_SOCKET_ADDRESS((s, p) -> s.getLocalSocketAddress()),
  TO_STRING((s, p) -> s.toString()),

  GET_SO_TIMEOUT((s, p) -> s.getSoTimeout()),
  GET_TCP_NO_DELAY((s, p) -> s.getTcpNoDelay()),
  GET_KEEP_ALIVE((s, p) -> s.getKeepAlive()),
  GET_SO_LINGER((s, p) -> s.getSoLinger()),
  GET_OOB_INLINE((s, p) -> s.getOOBInline()),
  GET_REUSE_ADDRESS((s, p) -> s.getReuseAddress()),
  GET_TRAFFIC_CLASS((s, p) -> s.getTrafficClass()),
  GET_SEND_BUFFER_SIZE((s, p) -> s.getSendBufferSize() > 0),
  GET_RECEIVE_BUFFER_SIZE((s, p) -> s.getReceiveBufferSize() > 0),
  SUPPORTED_OPTIONS(
      (s, p) -> new TreeSet<>(s.supportedOptions().stream().map(SocketOption::name).toList())),
  GET_OPTION_NO_DELAY((s, p) -> s.getOption(StandardSocketOptions.TCP_NODELAY)),
  GET_OPTION_LINGER((s, p) -> s.getOption(StandardSocketOptions.SO_LINGER)),
  GET_OPTION_MULTICAST((s, p) -> s.getOption(StandardSocketOptions.IP_MULTICAST_TTL)),
  SET_OPTION_NO_DELAY(
      (s, p) ->
          s.setOption(StandardSocketOptions.TCP_NODELAY, true)
              .getOption(StandardSocketOptions.TCP_NODELAY)),
  SET_OPTION_REUSE_PORT(
      (s, p) ->
          s.setOption(StandardSocketOptions.SO_REUSEPORT, true)
              .getOption(StandardSocketOptions.SO_REUSEPORT)),
  SET_OPTION_MULTICAST((s, p) -> s.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 1) == s),
  SET_OPTION_NULL((s, p) -> s.setOption(null, 1)),
  SET_SO_TIMEOUT(
      (s, p) -> {
        s.setSoTimeout(50);
        return s.getSoTimeout();
      }),
  SET_SO_TIMEOUT_NEGATIVE(does(s -> s.setSoTimeout(-1))),
  SET_TCP_NO_DELAY(
      (s, p) -> {
        s.setTcpNoDelay(true);
        return s.getTcpNoDelay();
      }),
  SET_KEEP_ALIVE(
      (s, p) -> {
        s.setKeepAlive(true);
        return s.getKeepAlive();
      }),
  SET_SO_LINGER(
      (s, p) -> {
        s.setSoLinger(true, 100_000);
        return s.getSoLinger();
      }),
  SET_SO_LINGER_OFF(
      (s, p) -> {
        s.setSoLinger(true, 7);
        s.setSoLinger(false, 7);
        return s.getSoLinger();
      }),
  SET_SO_LINGER_NEGATIVE(does(s -> s.setSoLinger(true, -1))),
  SET_OOB_INLINE(
      (s, p) -> {
        s.setOOBInline(true);
        return s.getOOBInline();
      }),
  SET_REUSE_ADDRESS(
      (s, p) -> {
        s.setReuseAddress(true);
        return s.getReuseAddress();
      }),
  SET_TRAFFIC_CLASS(
      (s, p) -> {
        s.setTrafficClass(16);
        return s.getTrafficClass();
      }),
  SET_TRAFFIC_CLASS_TOO_HIGH(does(s -> s.setTrafficClass(300))),
  SET_SEND_BUFFER_SIZE(
      (s, p) -> {
        s.setSendBufferSize(20_000);
        return s.getSendBufferSize();
      }),
  SET_SEND_BUFFER_SIZE_ZERO(does(s -> s.setSendBufferSize(0))),
  SET_RECEIVE_BUFFER_SIZE(
      (s, p) -> {
        s.setReceiveBufferSize(20_000);
        return s.getReceiveBufferSize();
      }),
  SET_RECEIVE_BUFFER_SIZE_NEGATIVE(does(s -> s.setReceiveBufferSize(-5))),
  SET_PERFORMANCE_PREFERENCES(does(s -> s.setPerformancePreferences(1, 2, 3))),

  BIND((s, p) -> bound(s, SocketPair.anyPort())),
  BIND_NULL((s, p) -> bound(s, null)),
  BIND_UNRESOLVED((s, p) -> bound(s, SocketPair.unknown())),
  BIND_FOREIGN((s, p) -> bound(s, new Foreign())),
  BIND_TAKEN((s, p) -> bound(s, p.address())),
  CONNECT_NULL(does(s -> s.connect(null))),
  CONNECT_FOREIGN(does(s -> s.connect(new Foreign()))),
  CONNECT_UNRESOLVED(
      (s, p) -> {
        String thrown = outcome(() -> s.connect(SocketPair.unknown()));
        return thrown + ", closed " + s.isClosed() + ", connected " + s.isConnected();
      }),
  CONNECT_NEGATIVE((s, p) -> ran(() -> s.connect(p.address(), -1))),
  CONNECT_AND_USE(
      (s, p) -> {
        s.connect(p.address(), 5000);
        return SocketCall.talk(s, p);
      }),
  CONNECT_AND_LOOK(
      (s, p) -> {
        s.connect(p.address());
        return s + " " + s.getRemoteSocketAddress() + " " + s.getLocalSocketAddress();
      }),

  GET_INPUT_STREAM((s, p) -> s.getInputStream() != null),
  GET_OUTPUT_STREAM((s, p) -> s.getOutputStream() != null),
  GET_STREAMS_TWICE(
      (s, p) -> {
        InputStream in = s.getInputStream();
        OutputStream out = s.getOutputStream();
        return (in == s.getInputStream()) + " " + (out == s.getOutputStream());
      }),
  READ_WITH_TIMEOUT(
      (s, p) -> {
        s.setSoTimeout(50);
        return s.getInputStream().read(new byte[1]);
      }),
  READ_TWICE_WITH_TIMEOUT(
      (s, p) -> {
        s.setSoTimeout(50);
        InputStream in = s.getInputStream();
        return outcome(() -> in.read(new byte[9])) + ", then " + outcome(in::read);
      }),
  READ_NOTHING((s, p) -> s.getInputStream().read(new byte[0])),
  READ_OUT_OF_BOUNDS((s, p) -> s.getInputStream().read(new byte[3], 2, 2)),
  READ_INTO_NULL((s, p) -> s.getInputStream().read(null, 0, 1)),
  AVAILABLE((s, p) -> s.getInputStream().available()),
  MARK_SUPPORTED((s, p) -> s.getInputStream().markSupported()),
  WRITE_NOTHING((s, p) -> ran(() -> s.getOutputStream().write(new byte[0]))),
  WRITE_OUT_OF_BOUNDS((s, p) -> ran(() -> s.getOutputStream().write(new byte[3], 2, 2))),
  WRITE_NULL((s, p) -> ran(() -> s.getOutputStream().write(null, 0, 1))),
  WRITE((s, p) -> ran(() -> s.getOutputStream().write('x'))),
  WRITE_AND_FLUSH(
      (s, p) ->
          ran(
              () -> {
                s.getOutputStream().write(new byte[] {1, 2, 3}, 1, 2);
                s.getOutputStream().flush();
              })),
  TALK(SocketCall::talk),
  TALK_INTERRUPTED(
      (s, p) -> {
        Thread.currentThread().interrupt();
        try {
          return outcome(() -> s.getOutputStream().write('i')) + ", interrupted " + isInterrupted();
        } finally {
          Thread.interrupted();
        }
      }),
  READ_INTERRUPTED(
      (s, p) -> {
        s.setSoTimeout(50);
        Thread.currentThread().interrupt();
        try {
          return outcome(() -> s.getInputStream().read()) + ", interrupted " + isInterrupted();
        } finally {
          Thread.interrupted();
        }
      }),
  CONNECT_INTERRUPTED(
      (s, p) -> {
        Thread.currentThread().interrupt();
        try {
          return outcome(() -> s.connect(p.address(), 5000)) + s.isConnected() + isInterrupted();
        } finally {
          Thread.interrupted();
        }
      }),

  SEND_URGENT_DATA(does(s -> s.sendUrgentData('u'))),
  SHUTDOWN_INPUT((s, p) -> afterwards(s, s::shutdownInput)),
  SHUTDOWN_OUTPUT((s, p) -> afterwards(s, s::shutdownOutput)),
  SHUTDOWN_INPUT_TWICE(
      does(
          s -> {
            s.shutdownInput();
            s.shutdownInput();
          })),
  SHUTDOWN_OUTPUT_TWICE(
      does(
          s -> {
            s.shutdownOutput();
            s.shutdownOutput();
          })),
  READ_AFTER_SHUTDOWN(
      (s, p) -> {
        InputStream in = s.getInputStream();
        s.shutdownInput();
        return in.read() + " " + outcome(in::available);
      }),
  WRITE_AFTER_SHUTDOWN(
      (s, p) -> {
        OutputStream out = s.getOutputStream();
        s.shutdownOutput();
        return outcome(() -> out.write(1));
      }),
  CLOSE((s, p) -> afterwards(s, s::close)),
  CLOSE_TWICE(
      (s, p) ->
          afterwards(
              s,
              () -> {
                s.close();
                s.close();
              })),
  CLOSE_INPUT_STREAM((s, p) -> afterwards(s, () -> s.getInputStream().close())),
  CLOSE_OUTPUT_STREAM((s, p) -> afterwards(s, () -> s.getOutputStream().close())),
  STREAMS_AFTER_CLOSE(
      (s, p) -> {
        InputStream in = s.getInputStream();
        OutputStream out = s.getOutputStream();
        s.close();
        return outcome(in::read)
            + outcome(in::available)
            + outcome(() -> in.read(new byte[0]))
            + outcome(() -> out.write(1))
            + outcome(() -> out.write(new byte[0]));
      }),
  PEER_SEES_THE_END(
      (s, p) -> {
        s.getOutputStream().write('e');
        s.close();
        return Arrays.toString(p.peer().getInputStream().readAllBytes());
      });

  private static final class Foreign extends SocketAddress {
    private static final long serialVersionUID = 1;
  }

  private interface Call {
    Object on(Socket socket, SocketPair pair) throws Exception;
  }

  private interface Effect {
    void on(Socket socket) throws Exception;
  }

  private final Call call;

  SocketCall(Call call) {
    this.call = call;
  }

  /** The answer, or the class of the exception. */
  String on(Socket socket, SocketPair pair) throws Exception {
    try {
      return pair.normal(call.on(socket, pair));
    } catch (Exception e) {
      return e.getClass().getName();
    }
  }

  private static Call does(Effect effect) {
    return (socket, pair) -> {
      effect.on(socket);
      return "done";
    };
  }

  private static String ran(SocketPair.Action action) throws Exception {
    action.run();
    return "done";
  }

  private static String outcome(SocketPair.Action action) {
    try {
      action.run();
      return "done";
    } catch (Exception e) {
      return e.getClass().getName();
    }
  }

  private static boolean isInterrupted() {
    return Thread.currentThread().isInterrupted();
  }

  private static String bound(Socket socket, SocketAddress address) throws Exception {
    socket.bind(address);
    InetSocketAddress local = (InetSocketAddress) socket.getLocalSocketAddress();
    return local.getAddress() + ", a port: " + (local.getPort() > 0);
  }

  private static String talk(Socket socket, SocketPair pair) throws Exception {
    socket.getOutputStream().write(new byte[] {'t', 'a', 'l', 'k'});
    byte[] heard = pair.peer().getInputStream().readNBytes(4);
    pair.peer().getOutputStream().write('!');
    return new String(heard, java.nio.charset.StandardCharsets.US_ASCII)
        + socket.getInputStream().read();
  }

  private static String afterwards(Socket s, SocketPair.Action action) {
    return "%s: closed %s, connected %s, bound %s, in %s, out %s; %s %s %s %s"
        .formatted(
            outcome(action),
            s.isClosed(),
            s.isConnected(),
            s.isBound(),
            s.isInputShutdown(),
            s.isOutputShutdown(),
            outcome(s::getInputStream),
            outcome(s::getOutputStream),
            outcome(s::getSoTimeout),
            outcome(() -> s.getInputStream().available()));
  }
}
