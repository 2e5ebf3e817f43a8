// SPDX-License-Identifier: Apache-2.0

// Command go_server is an ordinary HTTP server of Go's standard library. It
// answers with its version and logs every request.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os/signal"
	"syscall"
)

func main() {
	address := flag.String("address", "", "where to listen, as HOST:PORT")
	version := flag.String("version", "", "what to answer")
	flag.Parse()

	server := &http.Server{Addr: *address}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		log.Printf("%s %s", r.Method, r.URL.Path)
		fmt.Fprintf(w, "version %s\n", *version)
	})
	stop, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	finished := make(chan struct{})
	go func() {
		<-stop.Done()
		server.Shutdown(context.Background())
		close(finished)
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
	<-finished
}
