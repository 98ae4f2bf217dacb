// Command gateway measures gateways that speak OpenAI's dialect, side by side: an upstream with
// injectable delay and faults, a load that is closed, open or one burst, the floor of a plain reverse
// proxy, the suite that starts them on processors of their own and compares them in interleaved rounds,
// a soak under random faults that checks every answer, and a replay of recorded arrivals.
//
// It uses the standard library only and knows nothing of the program that it measures but its command
// line and its HTTP interface.
package main

import (
	"fmt"
	"os"
)

var commands = []struct {
	name, what string
	run        func(args []string) error
}{
	{"upstream", "serve scripted replicas", cmdUpstream},
	{"proxy", "serve a plain httputil.ReverseProxy in front of upstreams", cmdProxy},
	{"load", "put a load on an address and print what came of it", cmdLoad},
	{"suite", "start the targets in turn, measure every scenario, print the tables", cmdSuite},
	{"soak", "load under faults that change at random; every answer is checked", cmdSoak},
	{"idle", "open many connections that say nothing, and see whether others are served", cmdIdle},
	{"replay", "replay recorded arrivals with each mechanism on and off", cmdReplay},
}

func main() {
	if len(os.Args) > 1 {
		for _, c := range commands {
			if c.name == os.Args[1] {
				if err := c.run(os.Args[2:]); err != nil {
					fmt.Fprintf(os.Stderr, "%s: %v\n", c.name, err)
					os.Exit(1)
				}
				return
			}
		}
	}
	fmt.Fprintln(os.Stderr, "usage: gateway COMMAND [flags]")
	for _, c := range commands {
		fmt.Fprintf(os.Stderr, "  %-9s %s\n", c.name, c.what)
	}
	os.Exit(2)
}
