package io.tfo.integration.netty;

import io.tfo.integration.jvm.InChildJvm;
import java.util.List;

/**
 * A JVM that finds the library of Netty's epoll transport. It is not on the class path, since many
 * programs that use Netty would no longer use NIO.
 */
final class EpollJvm extends InChildJvm {
  private static final String PATH = "java.library.path";
  private static final String LIBRARY = "target/netty-epoll/META-INF/native";

  @Override
  protected boolean isThisJvm() {
    return LIBRARY.equals(System.getProperty(PATH));
  }

  @Override
  protected List<String> options() {
    return List.of("-D" + PATH + "=" + LIBRARY);
  }
}
