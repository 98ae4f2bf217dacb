package session_test

import (
	"fmt"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/session"
	"wenyuan/store"
	"wenyuan/store/storetest"
	"wenyuan/trace"
)

// BenchmarkHistory is what a conversation adds to the time before the first word: so many turns, each
// with eight originals of two thousand letters.
func BenchmarkHistory(b *testing.B) {
	for _, n := range []int{5, 50, 400} {
		b.Run(fmt.Sprint(n, " turns"), func(b *testing.B) {
			s := storetest.Open(b, store.Config{Dir: b.TempDir()})
			rooms := session.New(s, letters)
			c, err := rooms.Begin(b.Context(), main, li, wenyuan.Version{Name: "manual"}, "")
			if err != nil {
				b.Fatal(err)
			}
			storetest.Write(b, s, func(tx *store.Tx) error {
				for i := range n {
					a := wenyuan.Answer{Answer: strings.Repeat("The broker keeps messages for 72 hours. ", 8)}
					for d := range 8 {
						a.Passages = append(a.Passages, wenyuan.Passage{Document: fmt.Sprint("d", d), Text: strings.Repeat("long text ", 200)})
					}
					t := trace.Start(trace.Trace{Space: "main", Question: "q"}).End(a)
					if err := trace.Save(b.Context(), tx, t); err != nil {
						return err
					}
					if err := rooms.Append(b.Context(), tx, main, li, c.ID, fmt.Sprint("question ", i), t.ID); err != nil {
						return err
					}
				}
				return nil
			})
			for b.Loop() {
				if _, err := rooms.History(b.Context(), main, li, c.ID, "and now?", 800, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
