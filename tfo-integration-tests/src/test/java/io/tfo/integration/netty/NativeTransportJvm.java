package io.tfo.integration.netty;

import io.tfo.integration.jvm.InChildJvm;
import java.util.List;

/** A JVM that finds the library of one native transport of Netty's. */
abstract class NativeTransportJvm extends InChildJvm {
  private static final String PATH = "java.library.path";

  private final String library;

  /** Names the folder of the library. */
  NativeTransportJvm(String library) {
    this.library = library;
  }

  @Override
  protected boolean isThisJvm() {
    return library.equals(System.getProperty(PATH));
  }

  @Override
  protected List<String> options() {
    return List.of("-D" + PATH + "=" + library);
  }
}
