// A client and a server over tfo-go. "peer [fallback]" reads lines "MODE ADDRESS TIMEOUT_MILLIS", and
// prints for each "PHASE MICROS MESSAGE"; "peer listen ADDRESS" answers the first bytes of each connection.
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/database64128/tfo-go/v2"
)

func exchange(mode, address string, timeout time.Duration, fallback bool) (string, error) {
	dialer := tfo.Dialer{Fallback: fallback}
	dialer.Timeout = timeout
	var data []byte
	if mode != "read" {
		data = []byte("GET / HTTP/1.0\r\n\r\n")
	}
	connection, err := dialer.Dial("tcp", address, data)
	if err != nil {
		return "connect", err
	}
	defer connection.Close()
	if mode == "half-close" {
		if err := connection.(*net.TCPConn).CloseWrite(); err != nil {
			return "shutdown", err
		}
	}
	if _, err := connection.Read(make([]byte, 256)); err != nil {
		return "read", err
	}
	return "ok", nil
}

func listen(address string) error {
	listener, err := tfo.Listen("tcp", address)
	if err != nil {
		return err
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer connection.Close()
			buffer := make([]byte, 256)
			if n, _ := connection.Read(buffer); n > 0 {
				connection.Write([]byte("reply"))
				for n > 0 {
					n, _ = connection.Read(buffer)
				}
			}
		}()
	}
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "listen" {
		fmt.Fprintln(os.Stderr, listen(os.Args[2]))
		os.Exit(1)
	}
	fallback := len(os.Args) == 2 && os.Args[1] == "fallback"
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		millis, _ := strconv.Atoi(words[2])
		start := time.Now()
		phase, err := exchange(words[0], words[1], time.Duration(millis)*time.Millisecond, fallback)
		message := "-"
		if err != nil {
			message = strings.ReplaceAll(err.Error(), "\n", " ")
		}
		fmt.Println(phase, time.Since(start).Microseconds(), message)
	}
}
