package audit_test

import (
	"testing"

	"wenyuan/auth/audit"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// BenchmarkAppend is what an entry adds to a transaction: a thousand of them in each, so that the
// commit hardly counts.
func BenchmarkAppend(b *testing.B) {
	s := storetest.Open(b, store.Config{Dir: b.TempDir()})
	for left := b.N; left > 0; left -= 1000 {
		storetest.Write(b, s, func(tx *store.Tx) error {
			for range min(left, 1000) {
				if err := audit.Append(audit.By(b.Context(), ann), tx, audit.Act{Space: "main", Action: "document.add", Object: "doc_1", Version: "abc", Detail: map[string]int{"size": 1}}); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// BenchmarkVerify walks through ten thousand entries.
func BenchmarkVerify(b *testing.B) {
	s := storetest.Open(b, store.Config{Dir: b.TempDir()})
	storetest.Write(b, s, func(tx *store.Tx) error {
		for range 10_000 {
			if err := audit.Append(audit.By(b.Context(), ann), tx, audit.Act{Space: "main", Action: "document.add", Object: "doc_1"}); err != nil {
				return err
			}
		}
		return nil
	})
	for b.Loop() {
		if v := verify(b, s, ""); !v.OK {
			b.Fatal(v.Why)
		}
	}
}
