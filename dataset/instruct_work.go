package dataset

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/dataset/form"
	"wenyuan/dataset/instruct"
	"wenyuan/dataset/rouge"
	"wenyuan/internal/scope"
	"wenyuan/limit"
	"wenyuan/store"
	"wenyuan/version"
)

// How a teacher is asked.
const (
	writtenTokens = 3000            // of one reply
	maxReplyBytes = 64 << 10        // what is more is not read
	maxBarren     = 25              // calls in a row of which nothing was kept; then nothing new is to be had
	longestReply  = 5 * time.Minute // for one reply
	patience      = time.Minute     // for which a teacher that cannot be reached is asked again
	firstPause    = 200 * time.Millisecond
	bytesPerToken = 4 // where a model does not say how many it took
)

// InstructWork has the model of a run write until all rows are made, its tokens are used up, nothing new comes or
// somebody stops it. It asks for the person who ordered it, as far as they may at the time. Each reply
// is kept with its rows in one transaction: whatever ends it, it goes on there when it is called again.
// Where the model cannot be asked the run has failed, and says why.
func (s *Sets) InstructWork(ctx context.Context, id string, told func(Progress)) error {
	var run Instructed
	err := s.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if run, err = instructed(ctx, tx, id); err != nil || run.State != Queued && run.State != Running {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE instruct_run SET state = 'running' WHERE id = $1`, id)
		return err
	})
	if err != nil || run.State != Queued && run.State != Running {
		return err
	}
	err = s.as(ctx, run.asker, run.space, mayEdit, func(ctx context.Context, sc scope.Scope, who auth.Identity, watch *auth.Watch) error {
		w := &instructing{sets: s, scope: sc, who: who, watch: watch, run: run, told: told}
		return w.all(ctx)
	})
	if err == nil || ctx.Err() != nil {
		return err
	}
	s.Log.Warn("rows were not written", "run", id, "error", err)
	why := err.Error()
	if e, ok := errors.AsType[*wenyuan.Error](err); ok {
		why = e.Message
	}
	return s.Store.Write(ctx, func(tx *store.Tx) error { return endInstruct(ctx, tx, id, Failed, why) })
}

// as does something for who ordered it: as far as they may now, and only as long as they may.
func (s *Sets) as(ctx context.Context, asker json.RawMessage, space string, may func(scope.Scope) error, do func(context.Context, scope.Scope, auth.Identity, *auth.Watch) error) error {
	var id auth.Identity
	if len(asker) == 0 || json.Unmarshal(asker, &id) != nil {
		return &wenyuan.Error{Code: wenyuan.Denied, Message: "who ordered these rows is no longer known here", Hint: "order them anew"}
	}
	sc, err := s.Auth.Scope(ctx, id, space)
	if err == nil {
		err = may(sc)
	}
	if err != nil {
		return err
	}
	ctx, watch := s.Auth.Watch(ctx, id, sc)
	defer watch.End()
	err = do(limit.For(id.By(ctx, ""), limit.Claim{Space: sc.Space(), Person: id.Principal.ID, Key: id.Key}), sc, id, watch)
	if err != nil && ctx.Err() != nil && wenyuan.CodeOf(context.Cause(ctx)) == wenyuan.Denied {
		return context.Cause(ctx)
	}
	return err
}

// An instructing is a run under way.
type instructing struct {
	sets    *Sets
	scope   scope.Scope
	who     auth.Identity
	watch   *auth.Watch
	run     Instructed
	told    func(Progress)
	teacher Teacher

	seeds []seed
	made  []seed
	pool  rouge.Pool
	line  int // of the last row
}

func (w *instructing) all(ctx context.Context) (err error) {
	if w.teacher, err = w.sets.Teachers(ctx, w.scope, w.run.order.Model); err != nil {
		return err
	}
	// Who wrote a row is what is declared now, if it was declared anew since.
	err = w.sets.Store.Write(ctx, func(tx *store.Tx) error {
		w.run.Teacher, err = version.Put(ctx, tx, w.scope.Space(), modelKind, w.teacher.Name, w.teacher.Settings)
		return err
	})
	if err != nil {
		return err
	}
	if err := w.readSeeds(ctx); err != nil {
		return err
	}
	if err := w.madeBefore(ctx); err != nil {
		return err
	}
	for {
		over, err := w.over(ctx)
		if err != nil || over {
			return err
		}
		replies, failed := w.askAll(ctx)
		for _, r := range replies {
			if err := w.keep(ctx, r); err != nil {
				return err
			}
		}
		if failed != nil {
			return failed
		}
	}
}

// over ends the run where it is through, and says so; also that somebody else ended it.
func (w *instructing) over(ctx context.Context) (over bool, err error) {
	w.told(Progress{Stage: "instruct", Done: w.run.Made, Of: w.run.Rows})
	why := ""
	switch used := w.run.TokensIn + w.run.TokensOut; {
	case w.run.Made >= w.run.Rows:
	case used >= w.run.Budget:
		why = fmt.Sprintf("the tokens that it may take are used up: %d of %d", used, w.run.Budget)
	case w.run.Barren >= maxBarren:
		why = fmt.Sprintf("of the last %d replies nothing was new", w.run.Barren)
	default:
		err = w.sets.Store.Read(ctx, func(tx *store.Tx) error {
			r, err := instructed(ctx, tx, w.run.ID)
			over = err == nil && r.State != Running
			return err
		})
		return over, err
	}
	return true, w.sets.Store.Write(ctx, func(tx *store.Tx) error {
		// Seeds that were brought along are nobody's any more: whoever goes on brings them again.
		w.run.order.Seeds = nil
		order, err := json.Marshal(w.run.order)
		if err != nil {
			return fmt.Errorf("dataset: instruct: %w", err)
		}
		if _, err := tx.Exec(ctx, `UPDATE instruct_run SET wanted = $2 WHERE id = $1 AND state = 'running'`, w.run.ID, string(order)); err != nil {
			return fmt.Errorf("dataset: instruct: %w", err)
		}
		return endInstruct(ctx, tx, w.run.ID, Done, why)
	})
}

// A written is what a teacher said, beside what it was shown.
type written struct {
	text  string
	cut   bool
	usage wenyuan.Usage
	shown []seed
}

// askAll asks several times at once. What was answered before one call failed is given back with its error.
func (w *instructing) askAll(ctx context.Context) (all []written, err error) {
	n := min(w.run.order.Parallel, (w.run.Rows-w.run.Made+instruct.Asked-1)/instruct.Asked)
	said, errs := make([]written, n), make([]error, n)
	var wait sync.WaitGroup
	for i := range n {
		round := w.run.Rounds + i
		shown := w.draw(round)
		wait.Go(func() { said[i], errs[i] = w.ask(ctx, round, shown) })
	}
	wait.Wait()
	for i := range n {
		if errs[i] == nil {
			all = append(all, said[i])
		} else if err == nil {
			err = errs[i]
		}
	}
	return all, err
}

// draw are the tasks that are shown in a round: six of people and two that models made, as far as there are.
func (w *instructing) draw(round int) []seed {
	rng := rand.New(rand.NewPCG(uint64(w.run.order.Seed), uint64(round)))
	var people, made []seed
	for _, s := range slices.Concat(w.seeds, w.made) {
		if s.made {
			made = append(made, s)
		} else {
			people = append(people, s)
		}
	}
	for _, list := range [][]seed{people, made} {
		rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	n := min(len(people), max(instruct.ByPeople, instruct.Shown-len(made)))
	m := min(len(made), instruct.Shown-n)
	shown := slices.Concat(people[:n], made[:m])
	rng.Shuffle(len(shown), func(i, j int) { shown[i], shown[j] = shown[j], shown[i] })
	return shown
}

// ask asks once, and again for a while where the teacher cannot be reached or has no room. Where all that is shown is
// too much for it, half of that is shown.
func (w *instructing) ask(ctx context.Context, round int, shown []seed) (said written, err error) {
	if err := w.hold(ctx, shown); err != nil {
		return said, err
	}
	until := time.Now().Add(patience)
	for pause := firstPause; ; pause *= 2 {
		within, end := context.WithTimeout(ctx, longestReply)
		said, err = w.write(within, round, shown)
		end()
		code := wenyuan.CodeOf(err)
		switch {
		case err == nil || ctx.Err() != nil:
			return said, err
		case (code == wenyuan.TooLarge || code == wenyuan.Invalid) && len(shown) > 2:
			shown = shown[:len(shown)/2]
			continue
		case code != wenyuan.Unavailable && code != wenyuan.Limited || time.Now().Add(pause).After(until):
			return said, err
		}
		select {
		case <-ctx.Done():
			return said, context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

// hold has the work end when a document of what is shown is seen no more by who ordered it.
func (w *instructing) hold(ctx context.Context, shown []seed) error {
	return w.sets.Store.Read(ctx, func(tx *store.Tx) error {
		documents, _, _, err := belongings(ctx, tx, w.scope, shown)
		for _, d := range documents {
			w.watch.Hold(d.ID)
		}
		return err
	})
}

func (w *instructing) write(ctx context.Context, round int, shown []seed) (said written, err error) {
	said.shown = shown
	tasks := make([]instruct.Task, len(shown))
	for i, s := range shown {
		tasks[i] = s.Task
	}
	system, user := instruct.Prompt(w.run.Language, tasks)
	warm, seed := 1.0, w.run.order.Seed<<20+int64(round)
	q := wenyuan.Request{Temperature: &warm, Seed: &seed, MaxTokens: writtenTokens, Whole: true, Messages: []wenyuan.Message{{Role: "system", Content: system}, {Role: "user", Content: user}}}
	if ctx, err = w.sets.Asking(ctx, w.scope, w.run.From != ""); err != nil {
		return said, err
	}
	var text strings.Builder
	said.usage.Prompt = (len(system) + len(user)) / bytesPerToken
	counted := false
	for c, err := range w.teacher.Stream(ctx, q) {
		if err != nil {
			return said, err
		}
		text.WriteString(c.Text)
		said.cut = said.cut || c.Finish == "length"
		if c.Usage != nil {
			said.usage, counted = *c.Usage, true
		}
		if text.Len() > maxReplyBytes {
			said.cut = true
			break
		}
	}
	said.text = text.String()
	if !counted {
		said.usage.Completion = len(said.text) / bytesPerToken
	}
	return said, nil
}

// keep keeps what is new of a reply, and what the reply took.
func (w *instructing) keep(ctx context.Context, said written) error {
	tasks := instruct.Parse(said.text, said.cut)
	if w.run.Left == nil {
		w.run.Left = map[string]int{}
	}
	if len(tasks) == 0 {
		w.run.Left["unreadable"]++
	}
	filter := rouge.Filter{Pool: &w.pool, Language: w.run.Language, Without: w.run.order.Without}
	var fresh []seed
	for _, t := range tasks {
		why, _, ok := filter.Check(t.Instruction, t.Answer, true)
		if ok && w.run.Made+len(fresh) == w.run.Rows {
			break
		}
		if !ok {
			w.run.Left[why]++
			continue
		}
		w.pool.Add("new/"+t.Instruction, t.Instruction)
		fresh = append(fresh, seed{Task: t, made: true})
	}
	gone, next := false, w.run
	err := w.sets.Store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) (err error) {
		next, gone, err = w.keepRows(context.WithoutCancel(ctx), tx, said, fresh)
		return err
	})
	if err != nil {
		return err
	}
	if w.run = next; gone {
		return w.refresh(ctx)
	}
	w.line += len(fresh)
	w.made = append(w.made, fresh...)
	return nil
}

// keepRows writes the rows of a reply, with everybody and every document of what the teacher was shown, and how far the
// run is. gone says that something of that was erased while it was written: then nothing of it is kept.
func (w *instructing) keepRows(ctx context.Context, tx *store.Tx, said written, fresh []seed) (run Instructed, gone bool, err error) {
	run = w.run
	documents, people, gone, err := belongings(ctx, tx, w.scope, said.shown)
	if err != nil {
		return run, gone, err
	}
	added := 0
	for i := range fresh {
		if gone {
			run.Left["withdrawn"]++
			continue
		}
		row := form.Row{Kind: form.Chat, Messages: []form.Message{{Role: form.User, Content: fresh[i].Instruction}, {Role: form.Assistant, Content: fresh[i].Answer}}}
		x := Sample{Space: w.scope.Space(), Origin: Instruct, Row: row, Principal: w.who.Principal.ID, Source: run.Name, Line: w.line + i + 1, Licence: run.Licence, Teacher: run.Teacher.Name,
			Documents: documents, People: people, Versions: []wenyuan.Version{run.Teacher}}
		id, new, err := Put(ctx, tx, x)
		if err != nil {
			return run, gone, err
		}
		if fresh[i].sample = id; new {
			added++
		}
	}
	run.Rounds++
	run.Made += added
	run.TokensIn, run.TokensOut = run.TokensIn+int64(said.usage.Prompt), run.TokensOut+int64(said.usage.Completion)
	run.Money += said.usage.Cost
	if run.Barren++; added > 0 {
		run.Barren = 0
	}
	if said.usage.Currency != "" {
		run.Currency = said.usage.Currency
	}
	data, err := json.Marshal(run.InstructCounts)
	if err != nil {
		return run, gone, fmt.Errorf("dataset: instruct: %w", err)
	}
	_, err = tx.Exec(ctx, `UPDATE instruct_run SET data = $2, rounds = $3, made = $4, tokens_in = $5, tokens_out = $6, money = $7, currency = $8 WHERE id = $1`,
		run.ID, string(data), run.Rounds, run.Made, run.TokensIn, run.TokensOut, int64(run.Money*1e6+0.5), run.Currency)
	if err != nil {
		return run, gone, fmt.Errorf("dataset: instruct: %w", err)
	}
	return run, gone, nil
}

// refresh leaves out what was erased of what is shown.
func (w *instructing) refresh(ctx context.Context) error {
	for _, list := range []*[]seed{&w.seeds, &w.made} {
		var kept []seed
		for part := range slices.Chunk(*list, pageRows) {
			var there []string
			err := w.sets.Store.Read(ctx, func(tx *store.Tx) (err error) {
				args := []any{w.scope.Space()}
				for _, s := range part {
					args = append(args, s.sample)
				}
				there, err = texts(ctx, tx, `SELECT id FROM sample WHERE space = $1 AND state <> 'erased' AND id IN (`+store.Marks(2, len(part))+`)`, args...)
				return err
			})
			if err != nil {
				return err
			}
			for _, s := range part {
				if s.sample == "" || slices.Contains(there, s.sample) {
					kept = append(kept, s)
				}
			}
		}
		*list = kept
	}
	if len(w.seeds) < fewestSeeds {
		return &wenyuan.Error{Code: wenyuan.Conflict, Message: "so many seeds were erased that too few are left", Hint: "make the data set of the seeds anew"}
	}
	return nil
}
