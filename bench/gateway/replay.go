package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A mechanism is one way to run the program, named by what is off.
type mechanism struct {
	name, settings, fields string
}

var mechanisms = []mechanism{
	{name: "all on"},
	{name: "nothing kept or shared", fields: never},
	{name: "no queue: whoever finds no place is refused", settings: "gateway:\n  queue:\n    places: -1\n"},
	{name: "limits not found: 10,000 at once", settings: "gateway:\n  limit: 10000\n"},
	{name: "prefixes not followed", settings: "gateway:\n  affinity: false\n"},
	{name: "no hedging", settings: "gateway:\n  hedging: false\n"},
}

// cmdReplay replays recorded arrivals, sped up, with each mechanism on and off, and draws goodput and
// latency.
func cmdReplay(args []string) error {
	f := flag.NewFlagSet("replay", flag.ExitOnError)
	b := newBench(f)
	file := f.String("trace", "", "a CSV file of TIMESTAMP,ContextTokens,GeneratedTokens or JSON lines of timestamp, input_length, output_length, hash_ids")
	speed := f.Float64("speed", 20, "how many times faster")
	long := f.Duration("for", 60*time.Second, "of the replay")
	svg := f.String("svg", "", "file for the plot")
	if err := f.Parse(args); err != nil {
		return err
	}
	timed, err := readTrace(*file, *speed, *long)
	if err != nil {
		return err
	}
	if err := b.open(); err != nil {
		return err
	}
	defer b.up.stop()
	fmt.Printf("%s: %d requests in %s, %.0f times as fast\n\n| | good answers | within a second | median ms | 99th ms | refused | calls upstream |\n|---|---|---|---|---|---|---|\n", filepath.Base(*file), len(timed), *long, *speed)
	var drawn []curve
	for _, m := range mechanisms {
		c, err := b.replay(m, timed)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		drawn = append(drawn, c)
	}
	if *svg == "" {
		return nil
	}
	return os.WriteFile(*svg, []byte(plot(drawn)), 0o644)
}

func (b *bench) replay(m mechanism, timed []arrival) (c curve, err error) {
	extra := filepath.Join(b.dir, "extra.yaml")
	if err := os.WriteFile(extra, []byte(m.settings), 0o600); err != nil {
		return c, err
	}
	defer os.Remove(extra)
	t, err := b.start(allOn, 3)
	if err != nil {
		return c, err
	}
	defer t.stop()
	if err := b.behave(`{"*": {"first": 60, "per_token": 400, "capacity": 8, "jitter": 0.2}}`); err != nil {
		return c, err
	}
	l, err := newLoader(spec{URL: t.url, Key: t.key, Model: "m", Workers: 3000, Timed: timed, Fields: m.fields, Patience: 20 * time.Second})
	if err != nil {
		return c, err
	}
	r := l.run()
	reached, err := b.reached()
	if err != nil {
		return c, err
	}
	quick := 0
	for _, o := range r.cells {
		if o.ok && o.took < int64(time.Second) {
			quick++
			c.took = append(c.took, float64(o.took)/1e6)
		} else if o.ok {
			c.took = append(c.took, float64(o.took)/1e6)
		}
	}
	c.name, c.all = m.name, len(timed)
	n := float64(len(timed))
	fmt.Printf("| %s | %.1f %% | %.1f %% | %s | %s | %.1f %% | %d |\n", m.name, 100*float64(r.OK)/n, 100*float64(quick)/n, figure(r.Took.P50/1000), figure(r.Took.P99/1000), 100*float64(r.Refused.N)/n, reached.Requests)
	return c, nil
}

// readTrace reads what was recorded, up to what is replayed.
func readTrace(name string, speed float64, long time.Duration) (all []arrival, err error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	read := readCSV
	if strings.HasSuffix(name, ".jsonl") {
		read = readLines
	}
	recorded, err := read(file)
	if err != nil || len(recorded) == 0 {
		return nil, errors.Join(err, errors.New("the trace has no arrivals"))
	}
	begun := recorded[0].at
	for _, a := range recorded {
		if a.at = time.Duration(float64(a.at-begun) / speed); a.at >= long {
			break
		}
		a.prompt = min(a.prompt, 64<<10)
		all = append(all, a)
	}
	return all, nil
}

const bytesPerToken = 4

func readCSV(file *os.File) (all []arrival, err error) {
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, err
	}
	for _, row := range rows[1:] {
		at, err := time.Parse("2006-01-02 15:04:05.9999999", row[0])
		if err != nil {
			return nil, err
		}
		in, err := strconv.Atoi(row[1])
		if err != nil {
			return nil, err
		}
		out, err := strconv.Atoi(row[2])
		if err != nil {
			return nil, err
		}
		all = append(all, arrival{at: time.Duration(at.UnixNano()), prompt: in * bytesPerToken, tokens: max(out, 1)})
	}
	return all, nil
}

func readLines(file *os.File) (all []arrival, err error) {
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	known := map[string]int{}
	for lines.Scan() {
		var row struct {
			At  float64 `json:"timestamp"` // ms
			In  int     `json:"input_length"`
			Out int     `json:"output_length"`
			IDs []int   `json:"hash_ids"`
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			return nil, err
		}
		key := fmt.Sprint(row.IDs)
		if known[key] == 0 {
			known[key] = len(known) + 1
		}
		all = append(all, arrival{at: time.Duration(row.At * float64(time.Millisecond)), prompt: row.In * bytesPerToken, tokens: max(row.Out, 1), same: known[key]})
	}
	return all, lines.Err()
}
