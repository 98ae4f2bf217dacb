package index

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The words of an identifier are searched as words but say nothing to learned vectors.
func TestNamedWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]map[string]float64{ // words by how often they stand outside identifiers
		"APPLY_TOPIC_URL":                     {"wappli": 0, "wtopic": 0, "wurl": 0},
		"set max_retry, then retry":           {"wset": 1, "wmax": 0, "wretri": 1},
		"ERR-1042 的原因":                        {"werr": 0, "w1042": 0, "w的原": 1, "w原因": 1},
		"defaultMQProducer sends messages":    {"wdefaultmqproduc": 1, "wsend": 1, "wmessag": 1},
		"org.apache.Client org.apache.Client": {"worg": 0, "wapach": 0, "wclient": 0},
	} {
		got := map[string]float64{}
		for _, q := range ask(text).words {
			if q.count > 0 {
				got[q.key] = q.count - q.named
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}
