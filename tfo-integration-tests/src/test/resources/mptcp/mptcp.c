/* Preloaded, it makes the TCP sockets of a process those of MPTCP, as mptcpize does. Unlike
   mptcpize it leaves those alone that name IPPROTO_TCP, so that a test can have a TCP socket. */
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define IPPROTO_MPTCP 262
#define TYPE 0xf /* the other bits are flags */

int socket(int family, int type, int protocol) {
  if ((family == AF_INET || family == AF_INET6) && (type & TYPE) == SOCK_STREAM && protocol == 0) {
    protocol = IPPROTO_MPTCP;
  }
  return syscall(SYS_socket, family, type, protocol);
}
