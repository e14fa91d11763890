/*
 * Makes many connections at once, each with its request in the SYN, on one thread with epoll. It is
 * the comparison for VirtualThreads. Carries out the command "burst HOST PORT N" of Worker, until
 * the input ends.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LENGTH 64 /* Message.LENGTH: of the request and of the reply */
#define EVENTS 1024
#define LIMIT_MILLIS 60000

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static const char *begin(int epoll, const struct sockaddr_in *server) {
  static const char request[LENGTH]; /* no more bytes follow it */
  struct epoll_event event = {.events = EPOLLIN};
  event.data.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (event.data.fd < 0) {
    return "socket";
  }
  if (sendto(event.data.fd, request, LENGTH, MSG_FASTOPEN | MSG_NOSIGNAL,
             (const struct sockaddr *)server, sizeof *server) != LENGTH) {
    return "sendto";
  }
  return epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event) ? "epoll_ctl" : NULL;
}

/* Returns the call that failed, or NULL. */
static const char *burst(int epoll, const struct sockaddr_in *server, int count) {
  struct epoll_event events[EVENTS];
  char reply[LENGTH];
  for (int i = 0; i < count; i++) {
    const char *failed = begin(epoll, server);
    if (failed) {
      return failed;
    }
  }
  while (count > 0) {
    int ready = epoll_wait(epoll, events, EVENTS, LIMIT_MILLIS);
    if (ready <= 0) {
      return "epoll_wait";
    }
    for (int i = 0; i < ready; i++) {
      if (recv(events[i].data.fd, reply, LENGTH, MSG_WAITALL) != LENGTH) {
        return "recv";
      }
      close(events[i].data.fd);
    }
    count -= ready;
  }
  return NULL;
}

int main(void) {
  char line[256], host[64];
  int port, count;
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  while (fgets(line, sizeof line, stdin)) {
    struct sockaddr_in server = {.sin_family = AF_INET};
    if (sscanf(line, "burst %63s %d %d", host, &port, &count) != 3 ||
        inet_pton(AF_INET, host, &server.sin_addr) != 1) {
      printf("no such command: %s", line);
    } else {
      server.sin_port = htons(port);
      long long start = now();
      const char *failed = burst(epoll, &server, count);
      if (failed) {
        printf("%s: %s\n", failed, strerror(errno));
      } else {
        printf("ok %lld\n", now() - start);
      }
    }
    fflush(stdout);
  }
  return 0;
}
