package eval

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/internal/testenv"
)

func cacheFile(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pairs.jsonl")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestCache counts a right hit, a trap that is not served, a pair that is too far apart, and equal strings.
func TestCache(t *testing.T) {
	t.Parallel()
	pairs, err := LoadCachePairs(cacheFile(t,
		`{"a": "What is the default port?", "b": "what's the default port", "label": 1, "lang": "en"}`,
		`{"a": "What is port 80 for?", "b": "What is port 81 for?", "label": 0, "lang": "en"}`,
		`{"a": "怎么退货？", "b": "请问如何退货", "label": "0", "lang": "zh"}`,
		`{"a": "怎么退货？", "b": "怎么退货？", "label": 1, "lang": "zh"}`,
		`{"a": "Who runs the office in Rome?", "b": "In Rome, which person is in charge of the office?", "label": 1}`))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Cache(t.Context(), pairs, CacheOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Pairs != 5 || r.Hits != 3 || r.Wrong != 1 || r.May != 3 || r.HitRate != .6 || r.WrongHitRate != 1./3 {
		t.Errorf("%+v", r.CacheFigures)
	}
	if r.Exact.Hits != 1 || r.Exact.Wrong != 0 || r.By["zh"].Hits != 2 || r.By["zh"].Wrong != 1 || r.By["en"].Hits != 1 || r.By[""].Hits != 0 {
		t.Errorf("%+v, %+v", r.Exact, r.By)
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]any
	if err := json.Unmarshal(b, &keys); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"hit_rate", "wrong_hit_rate", "pairs"} {
		if _, ok := keys[k].(float64); !ok {
			t.Errorf("the report has no number %q: %s", k, b)
		}
	}
}

// TestCacheLearns: with labels as feedback a neighbourhood that is right opens, and one that is wrong closes.
func TestCacheLearns(t *testing.T) {
	t.Parallel()
	var pairs []CachePair
	for range 60 {
		pairs = append(pairs, CachePair{A: "How do I rotate the key?", B: "How can one rotate the key?", May: true})
	}
	r, err := Cache(t.Context(), pairs, CacheOptions{})
	if err != nil || r.Hits != 0 {
		t.Errorf("%d hits without learning, %v", r.Hits, err)
	}
	if r, err = Cache(t.Context(), pairs, CacheOptions{Learn: true}); err != nil || r.Hits < 20 || r.Hits > 59 {
		t.Errorf("%d hits with learning, %v", r.Hits, err)
	}
}

// TestCacheBadRows are refused with the line, and so is a file without rows.
func TestCacheBadRows(t *testing.T) {
	t.Parallel()
	for _, line := range []string{`{`, `[]`, `{"a": "x", "b": "", "label": 1}`, `{"a": "x", "b": "y"}`, `{"a": "x", "b": "y", "label": 2}`, `{"a": 1, "b": "y", "label": 1}`,
		`{"a": "` + strings.Repeat("x", MaxCacheQuestion+1) + `", "b": "y", "label": 1}`, ``} {
		if _, err := LoadCachePairs(cacheFile(t, line)); wenyuan.CodeOf(err) != wenyuan.Invalid {
			t.Errorf("%.60q: %v", line, err)
		}
	}
	if _, err := LoadCachePairs(filepath.Join(t.TempDir(), "none")); wenyuan.CodeOf(err) != wenyuan.NotFound {
		t.Errorf("%v", err)
	}
}

// TestCacheEnds when its context does.
func TestCacheEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Cache(ctx, []CachePair{{A: "a?", B: "b?"}}, CacheOptions{}); err == nil {
		t.Error("it went on")
	}
}

// TestCacheMeasured: on people's questions in both languages no more hits are wrong than are
// permitted. On the adversarial statements of PAWS-X hardly anything is served, for a statement asks
// nothing.
func TestCacheMeasured(t *testing.T) {
	t.Parallel()
	dir := testenv.MeasuringData(t)
	for set, least := range map[string]float64{"qqp_en": .005, "lcqmc_zh": .05, "afqmc_zh": 0, "pawsx_zh": 0} {
		path := filepath.Join(dir, "cache", set+".jsonl")
		pairs, err := LoadCachePairs(path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Cache(t.Context(), pairs, CacheOptions{})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d of %d served, %d wrong, equal strings %d with %d wrong, %.1f µs", set, r.Hits, r.Pairs, r.Wrong, r.Exact.Hits, r.Exact.Wrong, r.P50)
		if r.WrongHitRate > .01 || r.HitRate <= least {
			t.Errorf("%s: %+v", set, r.CacheFigures)
		}
	}
}
