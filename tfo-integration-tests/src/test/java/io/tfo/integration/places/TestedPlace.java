package io.tfo.integration.places;

import java.util.List;

/** A place where a process may run, made of namespaces, mounts and filters. */
enum TestedPlace {
  HOST("true", Filter.NONE, "0", "1", "2", "3", "5", "7", "519", "1025", "1027", "2051", "-1"),
  USER_NAMESPACE("true", Filter.NONE, "0", "1", "3"),
  READ_ONLY_PROC_SYS(
      "mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys",
      Filter.NONE,
      "0",
      "1",
      "3",
      "1025"),
  MASKED_FILE(
      "mount --bind /dev/null /proc/sys/net/ipv4/tcp_fastopen",
      Filter.NONE,
      "0",
      "1",
      "2",
      "3",
      "519",
      "1027"),
  HIDDEN_FOLDER("mount -t tmpfs none /proc/sys/net", Filter.NONE, "0", "1", "3"),
  SENDTO_EPERM("true", Filter.SENDTO_EPERM, "0", "3"),
  SENDTO_ENOSYS("true", Filter.SENDTO_ENOSYS, "3"),
  CONNECT_OPTION_EACCES("true", Filter.CONNECT_OPTION_EACCES, "0", "3"),
  LISTEN_OPTION_EPERM("true", Filter.LISTEN_OPTION_EPERM, "3", "1025", "1027"),
  BOTH_WAYS_EPERM("true", Filter.BOTH_WAYS_EPERM, "0", "3"),
  ALL_OPTIONS_ENOSYS("true", Filter.ALL_OPTIONS_ENOSYS, "3"),
  ALL_SENDTO_EPERM("true", Filter.ALL_SENDTO_EPERM, "3"),
  TCP_INFO_EPERM("true", Filter.TCP_INFO_EPERM, "1", "3"),
  WITHOUT_IPV6(
      "test ! -e /proc/sys/net/ipv6 || echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6",
      Filter.NONE,
      "0",
      "3"),
  MPTCP_BY_DEFAULT("export LD_PRELOAD=%s", Filter.NONE, "0", "1", "2", "3", "519"),
  LINUX_BEFORE_3_7("mount -t tmpfs none /proc/sys/net", Filter.BEFORE_3_7, "3"),
  LINUX_BEFORE_4_11("true", Filter.BEFORE_4_11, "0", "3"),
  LINUX_BEFORE_4_11_IN_A_NAMESPACE(
      "mount -t tmpfs none /proc/sys/net", Filter.BEFORE_4_11, "0", "1", "3");

  final String setup;
  final Filter filter;
  final List<String> settings;

  TestedPlace(String setup, Filter filter, String... settings) {
    this.setup = setup;
    this.filter = filter;
    this.settings = List.of(settings);
  }

  /** Whether it hides the setting. */
  boolean isHiding() {
    return setup.contains("tmpfs") || setup.contains("/dev/null");
  }
}
