package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A scenario is one thing that is measured, on several gateways in turn.
type scenario struct {
	name     string
	replicas int
	how      string // the upstream's behaviour
	targets  []string
	floor    string // the target that the others are compared with
	warm     spec
	load     spec
	figures  []measure
	pause    time.Duration // before the load, so that memory has settled
}

// A measure is one figure of a run.
type measure struct {
	name string
	unit string
	of   func(r *run) float64
}

// A run is one target under one load.
type run struct {
	*result
	before, after weight
	reached       seen
}

var (
	perSecond = measure{"good answers", "/s", func(r *run) float64 { return r.PerSec }}
	cpuEach   = measure{"processor", "µs a request", func(r *run) float64 {
		return float64((r.after.CPU - r.before.CPU).Microseconds()) / float64(max(r.Requests, 1))
	}}
	cpuAll   = measure{"processor", "s", func(r *run) float64 { return (r.after.CPU - r.before.CPU).Seconds() }}
	addedP50 = measure{"added, median", "µs", func(r *run) float64 { return r.Added.P50 }}
	addedP99 = measure{"added, 99th", "µs", func(r *run) float64 { return r.Added.P99 }}
	grown    = measure{"memory over idle", "MiB", func(r *run) float64 { return r.after.Peak - r.before.RSS }}
	idle     = measure{"memory idle", "MiB", func(r *run) float64 { return r.before.RSS }}
	opened   = measure{"open at once", "streams", func(r *run) float64 { return float64(r.Open) }}
	goodPart = measure{"good answers", "%", func(r *run) float64 { return 100 * float64(r.OK) / float64(max(r.Requests, 1)) }}
	wrong    = measure{"wrong answers", "", func(r *run) float64 { return float64(r.Wrong) }}
	upCalls  = measure{"calls upstream", "", func(r *run) float64 { return float64(r.reached.Requests) }}
	tookP50  = measure{"median", "ms", func(r *run) float64 { return r.Took.P50 / 1000 }}
	tookP99  = measure{"99th", "ms", func(r *run) float64 { return r.Took.P99 / 1000 }}
	lateP99  = measure{"late, 99th", "µs a piece", func(r *run) float64 { return r.Late.P99 }}
	refused  = measure{"refused", "%", func(r *run) float64 { return 100 * float64(r.Refused.N) / float64(max(r.Requests, 1)) }}
	refuseMs = measure{"a refusal, 99th", "ms", func(r *run) float64 { return r.Refused.P99 / 1000 }}
	toldPart = measure{"with Retry-After", "%", func(r *run) float64 { return 100 * float64(r.Told) / float64(max(r.Refused.N, 1)) }}
)

// fields that make a request one that is sent each time
const never = `"cache":false,`

func scenarios(short bool) []scenario {
	long := 8 * time.Second
	if short {
		long = 2 * time.Second
	}
	all := []string{"proxy", "nginx", keyOnly, allOn, whole}
	fault := func(name, how string) scenario {
		return scenario{name: name, replicas: 3, how: how, targets: []string{"proxy", "nginx", allOn}, load: spec{Rate: 300, Workers: 400, For: long, Patience: 4 * time.Second},
			figures: []measure{goodPart, tookP50, tookP99, upCalls, wrong}}
	}
	streams := func(n int) scenario {
		return scenario{name: fmt.Sprintf("%d open streams", n), replicas: 1, how: `{"*": {"pieces": 40, "gap": 250}}`, targets: []string{"proxy", "nginx", allOn}, floor: "proxy",
			load: spec{Workers: n, Burst: true, Stream: true, Patience: time.Minute}, pause: 3 * time.Second, figures: []measure{idle, grown, opened, goodPart, cpuAll}}
	}
	return []scenario{
		{name: "one after another, upstream at once", replicas: 1, targets: all, floor: "proxy", warm: spec{Workers: 32, For: time.Second}, load: spec{Workers: 32, For: long}, figures: []measure{perSecond, cpuEach, wrong}},
		{name: "500 a second, upstream 30 ms", replicas: 1, how: `{"*": {"first": 30}}`, targets: all, floor: "proxy", warm: spec{Rate: 500, Workers: 64, For: time.Second}, load: spec{Rate: 500, Workers: 128, For: long}, figures: []measure{addedP50, addedP99, goodPart}},
		{name: "100 streams", replicas: 1, how: `{"*": {"first": 20, "gap": 20, "pieces": 100}}`, targets: all, floor: "proxy", load: spec{Workers: 100, For: long, Stream: true}, figures: []measure{cpuAll, lateP99, goodPart}},
		streams(1000), streams(4000),
		{name: "kept answers", replicas: 1, targets: []string{"nginx cache", keyOnly, allOn, whole}, floor: "nginx cache", warm: spec{Workers: 4, Same: 50, For: time.Second}, load: spec{Workers: 32, Same: 50, For: long}, figures: []measure{perSecond, cpuEach, upCalls, wrong}},
		{name: "1,000 equal requests at one moment", replicas: 1, how: `{"*": {"first": 200}}`, targets: []string{"proxy", "nginx cache", allOn}, load: spec{Workers: 1000, Burst: true, Same: 1}, figures: []measure{upCalls, goodPart, tookP99}},
		{name: "1,000 equal streams at one moment", replicas: 1, how: `{"*": {"first": 200, "gap": 10}}`, targets: []string{"proxy", allOn}, load: spec{Workers: 1000, Burst: true, Same: 1, Stream: true}, figures: []measure{upCalls, goodPart, tookP99}},
		fault("one of three answers 500", `{"*": {"first": 20}, "2": {"first": 20, "error": 1, "status": 500}}`),
		fault("one of three answers 429", `{"*": {"first": 20}, "2": {"first": 20, "error": 1, "status": 429, "retry": 1}}`),
		fault("one of three resets", `{"*": {"first": 20}, "2": {"reset": 1}}`),
		fault("one of three hangs", `{"*": {"first": 20}, "2": {"hang": 1}}`),
		fault("one of three says 200 with an error inside", `{"*": {"first": 20}, "2": {"first": 20, "inside": 1}}`),
		fault("one of three says 200 and no JSON", `{"*": {"first": 20}, "2": {"first": 20, "framing": 1}}`),
		fault("one of three breaks off in the middle", `{"*": {"first": 20}, "2": {"first": 20, "cut": 1}}`),
		{name: "unloaded: a tenth of the capacity", replicas: 1, how: `{"*": {"first": 100, "capacity": 8}}`, targets: []string{"proxy", allOn}, load: spec{Rate: 8, Workers: 64, For: 2 * long, Fields: never}, figures: []measure{perSecond, tookP50, tookP99}},
		{name: "ten times the capacity", replicas: 1, how: `{"*": {"first": 100, "capacity": 8}}`, targets: []string{"proxy", allOn}, warm: spec{Rate: 800, Workers: 2000, For: 5 * time.Second, Fields: never}, load: spec{Rate: 800, Workers: 4000, For: 2 * long, Patience: 10 * time.Second, Fields: never}, figures: []measure{perSecond, tookP50, tookP99, refused, refuseMs, toldPart}},
	}
}

func cmdSuite(args []string) error {
	f := flag.NewFlagSet("suite", flag.ExitOnError)
	b := newBench(f)
	rounds := f.Int("rounds", 3, "of each scenario, the targets in turn")
	only := f.String("only", "", "part of the names of the scenarios")
	targets := f.String("targets", "", "names of the targets, with commas; without it all")
	short := f.Bool("short", false, "a quarter of the time")
	raw := f.String("raw", "", "file for the results as JSON lines")
	if err := f.Parse(args); err != nil {
		return err
	}
	if err := b.open(); err != nil {
		return err
	}
	defer b.up.stop()
	var lines *json.Encoder
	if *raw != "" {
		file, err := os.Create(*raw)
		if err != nil {
			return err
		}
		defer file.Close()
		lines = json.NewEncoder(file)
	}
	for _, sc := range scenarios(*short) {
		if !strings.Contains(sc.name, *only) {
			continue
		}
		if *targets != "" {
			sc.targets = slices.DeleteFunc(sc.targets, func(t string) bool { return !slices.Contains(strings.Split(*targets, ","), t) })
		}
		if err := b.measure(sc, *rounds, lines); err != nil {
			return err
		}
	}
	return nil
}

func newBench(f *flag.FlagSet) *bench {
	b := &bench{}
	f.StringVar(&b.wenyuan, "wenyuan", "../wenyuan", "the program")
	f.StringVar(&b.cpu, "cpu", "0", "processors of the gateway")
	f.StringVar(&b.out, "load-cpu", "1", "processors of load and upstream")
	f.StringVar(&b.dir, "dir", "", "folder for data and logs; a temporary one where it is empty")
	return b
}

// open finds what is measured and starts the upstream. The load runs in this process, which it moves to
// its processors.
func (b *bench) open() (err error) {
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if b.wenyuan, err = filepath.Abs(b.wenyuan); err != nil {
		return err
	}
	b.nginx, _ = exec.LookPath("nginx") // its rows are left out where it is missing
	if b.nginx == "" {
		if _, err := os.Stat("/usr/sbin/nginx"); err == nil {
			b.nginx = "/usr/sbin/nginx"
		}
	}
	if b.dir == "" {
		if b.dir, err = os.MkdirTemp("", "gateway"); err != nil {
			return err
		}
	}
	if b.out != "" {
		if err := exec.Command("taskset", "-a", "-p", "-c", b.out, fmt.Sprint(os.Getpid())).Run(); err != nil {
			fmt.Fprintln(os.Stderr, "the load runs on all processors:", err)
		}
	}
	return b.startUpstream()
}

// measure runs a scenario in rounds and prints the medians.
func (b *bench) measure(sc scenario, rounds int, lines *json.Encoder) error {
	values := map[string][][]float64{}
	for round := range rounds {
		for _, name := range sc.targets {
			if strings.HasPrefix(name, "nginx") && b.nginx == "" {
				continue
			}
			r, err := b.once(sc, name)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", sc.name, name, err)
			}
			if lines != nil {
				if err := lines.Encode(map[string]any{"scenario": sc.name, "target": name, "round": round, "result": r.result, "before": r.before, "after": r.after, "upstream": r.reached}); err != nil {
					return err
				}
			}
			for i, m := range sc.figures {
				if values[name] == nil {
					values[name] = make([][]float64, len(sc.figures))
				}
				values[name][i] = append(values[name][i], m.of(r))
			}
		}
	}
	sc.print(values)
	return nil
}

func (b *bench) once(sc scenario, name string) (*run, error) {
	if err := b.behave(""); err != nil {
		return nil, err
	}
	t, err := b.start(name, sc.replicas)
	if err != nil {
		return nil, err
	}
	defer t.stop()
	load := func(s spec) (*result, error) {
		s.URL, s.Key, s.Model = t.url, t.key, "m"
		l, err := newLoader(s)
		if err != nil {
			return nil, err
		}
		return l.run(), nil
	}
	if err := b.behave(sc.how); err != nil {
		return nil, err
	}
	if sc.warm.Workers > 0 {
		if _, err := load(sc.warm); err != nil {
			return nil, err
		}
	}
	time.Sleep(sc.pause)
	if err := post("http://"+controlAt+"/reset", "", nil, nil); err != nil {
		return nil, err
	}
	r := &run{}
	t.setBack()
	if r.before, err = t.weigh(); err != nil {
		return nil, err
	}
	if r.result, err = load(sc.load); err != nil {
		return nil, err
	}
	if r.after, err = t.weigh(); err != nil {
		return nil, err
	}
	r.reached, err = b.reached()
	return r, err
}

// print writes a table: medians, and beside each how it stands to the floor's.
func (sc scenario) print(values map[string][][]float64) {
	fmt.Printf("\n### %s\n\n| |", sc.name)
	for _, m := range sc.figures {
		fmt.Printf(" %s |", strings.TrimSpace(m.name+" "+m.unit))
	}
	fmt.Printf("\n|---|%s\n", strings.Repeat("---|", len(sc.figures)))
	for _, name := range sc.targets {
		if !slices.Contains(slices.Collect(maps.Keys(values)), name) {
			continue
		}
		fmt.Printf("| %s |", name)
		for i := range sc.figures {
			v := median(values[name][i])
			fmt.Printf(" %s", figure(v))
			if floor := values[sc.floor]; floor != nil && name != sc.floor {
				fmt.Printf(" (%s)", figure(v/median(floor[i])))
			}
			fmt.Print(" |")
		}
		fmt.Println()
	}
}
