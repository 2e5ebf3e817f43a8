// SPDX-License-Identifier: Apache-2.0

// Command tableflip_server is go_server with Cloudflare's tableflip, as the
// example of its documentation has it: SIGUSR2 starts the next version on the
// same listener, and this one goes when that is ready.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/cloudflare/tableflip"
)

func main() {
	address := flag.String("address", "", "where to listen, as HOST:PORT")
	file := flag.String("version-file", "", "what to answer is in there")
	pidFile := flag.String("pid-file", "", "where to write the process number")
	flag.Parse()
	version, err := os.ReadFile(*file)
	if err != nil {
		log.Fatal(err)
	}

	upgrader, err := tableflip.New(tableflip.Options{PIDFile: *pidFile})
	if err != nil {
		log.Fatal(err)
	}
	defer upgrader.Stop()
	go handleSignals(upgrader)

	listener, err := upgrader.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		log.Printf("%s %s", r.Method, r.URL.Path)
		fmt.Fprintf(w, "%s", version)
	})
	server := &http.Server{}
	go func() {
		if err := server.Serve(listener); err != http.ErrServerClosed {
			log.Fatal(err)
		}
	}()
	if err := upgrader.Ready(); err != nil {
		log.Fatal(err)
	}
	<-upgrader.Exit()
	server.Shutdown(context.Background())
}

func handleSignals(upgrader *tableflip.Upgrader) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR2, syscall.SIGTERM)
	for received := range signals {
		if received == syscall.SIGTERM {
			upgrader.Stop()
		} else if err := upgrader.Upgrade(); err != nil {
			log.Printf("upgrade failed: %v", err)
		}
	}
}
