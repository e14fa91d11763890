package io.tfo.integration.jvm;

import io.tfo.test.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AccessControlContext;
import java.security.AccessController;
import java.security.Permission;
import java.security.PermissionCollection;
import java.security.PrivilegedExceptionAction;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.List;

/** A child JVM with a security manager, as JDK 17 has. */
public final class ManagedJvm {
  /** A line of a policy. */
  public static final String ALL = "permission java.security.AllPermission;";

  private ManagedJvm() {}

  /**
   * Starts a program.
   *
   * @param folder where its policy is written
   * @param permissions what all its classes are granted
   * @param options the JVM's other options
   */
  public static ChildJvm run(
      Path folder, String permissions, List<String> options, Class<?> program, String... arguments)
      throws IOException, InterruptedException {
    Path policy = folder.resolve("policy");
    Files.writeString(policy, "grant { " + permissions + " };");
    List<String> line = new ArrayList<>(options);
    line.addAll(
        List.of(
            "-Djava.security.manager",
            "-Djava.security.policy==" + policy,
            "-cp",
            ChildJvm.classPath(),
            program.getName()));
    line.addAll(List.of(arguments));
    return ChildJvm.java(line);
  }

  /** Carries out an action with one permission, for a program that has all. */
  @SuppressWarnings("removal")
  public static <T> T with(Permission permission, PrivilegedExceptionAction<T> action)
      throws Exception {
    PermissionCollection permissions = permission.newPermissionCollection();
    permissions.add(permission);
    return AccessController.doPrivileged(
        action,
        new AccessControlContext(new ProtectionDomain[] {new ProtectionDomain(null, permissions)}));
  }
}
