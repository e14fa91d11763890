/** The command line {@code tfo}: see {@code Tfo} for the commands. */
module io.tfo.cli {
  requires static org.jspecify;
  requires io.tfo;
  requires io.tfo.lab;
  requires io.tfo.testkit;
  requires info.picocli;
  requires com.google.gson;
  requires java.management;
  requires java.management.rmi;
  requires static jdk.attach;
  requires static okhttp3;
  requires static okhttp3.tls;

  opens io.tfo.cli to
      info.picocli;
}
