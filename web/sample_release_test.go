package web

import (
	"bytes"
	"math"
)

func sampleRelease(f Frame, state string) ReleasePage {
	p := ReleasePage{Frame: f, Release: ReleaseRow{ID: "rel_1", Model: hostile, Adapter: "mq-style", Hash: "77d0aa1122", State: state, Share: 2500, Why: map[string]string{"back": hostile, "refused": hostile}[state], Created: ago(0)},
		On: hostile, Candidate: "a1b2c3d4e5", Before: "d4e5f6a1b2", Steps: []int{100, 500, 2500, 10000}, Step: 2, Waits: map[string]string{"running": "12 more answers of the new version are waited for"}[state],
		Checked: &ReleaseCheck{Asked: 6, Differ: 5, Adapter: 4, Base: 1, Slowest: 412_000}, Answers: 100, Took: 600_000_000, Alpha: "5", Drop: "5", Owner: true}
	for i, name := range []string{"supported", "answered", "liked", "worked", "median", "tail"} {
		s := ReleaseSignal{Name: name, New: .926 - .02*float64(i%2), Old: .912, NewOf: 2900 / (i + 1), OldOf: 12_000 / (i + 1), Low: -.012, High: .041, Evidence: float64(i) / 5, Bound: .89}
		for n := 0; n < 60 && i < 4 && i != 2; n++ {
			share := map[bool]int{true: 100, false: 500}[n < 10]
			if n > 30 {
				share = 2500
			}
			s.Points = append(s.Points, ReleasePoint{At: ago(0) + int64(n), Share: share, N: 10 + n*48, New: s.New + .05*math.Sin(float64(n)/3)/(1+float64(n)/6), Old: s.Old + .02*math.Cos(float64(n)/4)/(1+float64(n)/9), Bound: s.Bound - .4/(1+float64(n)/2)})
		}
		p.Signals = append(p.Signals, s)
	}
	if state == "live" {
		p.Release.Share, p.Step, p.Kept = 10000, 3, ago(0)
	}
	return p
}

// releasePages are the samples of releases.
var releasePages = map[string]sample{
	"/learning/releases": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := ReleasesPage{Frame: f, Owner: true, Models: []string{"llama", hostile}, Order: ReleaseOrder{Model: hostile, Adapter: hostile, Accept: true}, Problem: &Problem{Message: hostile}}
		for _, state := range []string{"checking", "running", "paused", "live", "back", "refused"} {
			p.Releases = append(p.Releases, sampleRelease(f, state).Release)
		}
		return r.Releases(w, p)
	},
	"/learning/releases/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Releases(w, ReleasesPage{Frame: f})
	},
	"/learning/releases/going": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Release(w, sampleRelease(f, "running"))
	},
	"/learning/releases/live": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Release(w, sampleRelease(f, "live"))
	},
	"/learning/releases/back": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Release(w, sampleRelease(f, "back"))
	},
	"/learning/releases/refused": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		p := sampleRelease(f, "refused")
		p.Signals, p.Checked, p.Owner, p.Problem = nil, &ReleaseCheck{Engine: hostile}, false, &Problem{Message: hostile}
		return r.Release(w, p)
	},
}
