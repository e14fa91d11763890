package io.tfo.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The environment in which this process runs: an ordinary machine, a container, a pod, a systemd
 * unit, a sandbox. It decides how a sysctl can be set.
 *
 * @param root the root folder
 * @param environment reads an environment variable
 * @param isWritable whether this process may write a file
 */
record Place(Path root, UnaryOperator<@Nullable String> environment, Predicate<Path> isWritable) {
  static final Place HERE = new Place(Path.of("/"), System::getenv, Place::isWritable);

  /**
   * The {@code uid_map} of a user namespace that maps every user to itself, such as the first one.
   */
  private static final String ALL_USERS = "0 0 4294967295";

  /**
   * Returns how to set a sysctl, in one line.
   *
   * @param setting the sysctl
   * @param value the value that it should have
   */
  String sysctl(IntSetting setting, int value) {
    Path file = root.resolve("proc/sys/" + setting.name().replace('.', '/'));
    String command = command(setting, value);
    boolean writable = isWritable.test(file);
    String container = container(setting, value);
    if (!container.isEmpty()) {
      return writable ? command + "; at each start: " + container : container;
    }
    if (writable) {
      return isUserNamespace() ? command + " (for this namespace)" : lasting(setting, value);
    }
    return outside(isReadOnly(file) ? "/proc/sys is read-only here" : "", setting, value);
  }

  /**
   * Returns the same for a sysctl whose file is hidden here, so that it cannot be written.
   *
   * @param isOfNamespace whether each network namespace has a value of its own
   */
  String hiddenSysctl(IntSetting setting, int value, boolean isOfNamespace) {
    if (!isOfNamespace) {
      return "this kernel has one setting for all containers; on the host, as root: "
          + lasting(setting, value);
    }
    String container = container(setting, value);
    return container.isEmpty() ? outside("the setting is hidden here", setting, value) : container;
  }

  private String outside(String why, IntSetting setting, int value) {
    if (isUserNamespace()) {
      return "outside of this user namespace, as root: " + command(setting, value);
    }
    String unit =
        variable("INVOCATION_ID").isEmpty() ? "" : " (ProtectKernelTunables= of this unit?)";
    return (why.isEmpty() ? "" : why + unit + "; outside, ")
        + "as root: "
        + lasting(setting, value);
  }

  private static String command(IntSetting setting, int value) {
    return "sysctl -w " + setting + "=" + value;
  }

  private static String lasting(IntSetting setting, int value) {
    return command(setting, value)
        + "; to keep it after a reboot: echo "
        + setting
        + "="
        + value
        + " > /etc/sysctl.d/60-fastopen.conf";
  }

  /** Returns how to set a sysctl when this container is started; empty outside a container. */
  private String container(IntSetting setting, int value) {
    if (!variable("KUBERNETES_SERVICE_HOST").isEmpty()) {
      return "securityContext.sysctls of the pod: name: "
          + setting
          + ", value: \""
          + value
          + "\"; the kubelet must allow it: --allowed-unsafe-sysctls="
          + setting;
    }
    String option =
        " run --sysctl " + setting + "=" + value + " ... (with --network=host: on the host)";
    if (exists("run/.containerenv") || variable("container").equals("podman")) {
      return "podman" + option;
    }
    if (exists(".dockerenv")) {
      return "docker" + option;
    }
    return variable("container").isEmpty()
        ? ""
        : "set "
            + setting
            + "="
            + value
            + " where this container ("
            + variable("container")
            + ") is started";
  }

  private String variable(String name) {
    try {
      String value = environment.apply(name);
      return value == null ? "" : value;
    } catch (SecurityException e) {
      return "";
    }
  }

  private boolean exists(String file) {
    try {
      return Files.exists(root.resolve(file));
    } catch (SecurityException e) {
      return false;
    }
  }

  private static boolean isWritable(Path file) {
    try {
      return Files.isWritable(file);
    } catch (SecurityException e) {
      return false;
    }
  }

  /** Whether the file's mount is read-only; false if only this user may not write it. */
  private static boolean isReadOnly(Path file) {
    try {
      return Files.getFileStore(file).isReadOnly();
    } catch (IOException | SecurityException e) {
      return false;
    }
  }

  private boolean isUserNamespace() {
    try {
      String map = String.join(" ", Files.readAllLines(root.resolve("proc/self/uid_map")));
      return !map.strip().replaceAll(" +", " ").equals(ALL_USERS);
    } catch (IOException | SecurityException e) {
      return false; // hidden, or a kernel without user namespaces
    }
  }
}
