package privacy

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/auth/audit"
	"wenyuan/dataset"
	"wenyuan/eval/record"
	"wenyuan/guard"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/trace"
)

// An Erasure says what was taken away of a person, and what stays.
type Erasure struct {
	Person      string           `json:"person"` // id; nothing leads from it to anybody now
	Erased      map[string]int64 `json:"erased"` // how many of which kind, kinds as in Line
	Remains     []Remains        `json:"remains"`
	Overwritten bool             `json:"overwritten"` // the database file holds no trace of it any more; false on PostgreSQL, where that comes with its next vacuum, and where a reader held on to what was before
}

// Remains is what stays.
type Remains struct {
	Kind  string   `json:"kind"` // version, rule, dataset, adapter or backup
	Count int      `json:"count"`
	Names []string `json:"names"` // of the first thousand
	Why   string   `json:"why"`
}

// maxNames is how many names a Remains has.
const maxNames = 1000

// Erase takes a person away with everything that is kept of them, in one transaction: account, keys,
// sessions, roles and places in groups, conversations, memories, feedback, what guards met of them, the records of their
// questions with what others thought of these, what was made of all that to learn from, and in the audit the words of every entry that is
// theirs or names them. Only an operator may, and confirm has to be the person's name; the last
// operator stays. When it returns, none of it is in the database.
func (k *Keeper) Erase(ctx context.Context, sc scope.Scope, who wenyuan.Principal, person, confirm string) (Erasure, error) {
	var p subject
	err := k.Store.Read(ctx, func(tx *store.Tx) (err error) {
		p, err = k.about(ctx, tx, sc, who, person, false)
		return err
	})
	if err != nil {
		return Erasure{}, err
	}
	if confirm != p.Name.Name {
		return Erasure{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: "erasing is confirmed with the person's name as it is written", Hint: "give the name once more, to confirm; this cannot be undone"}
	}
	out := Erasure{}
	versions, err := k.made(ctx, p)
	if err != nil {
		return out, err
	}
	err = k.Store.Write(ctx, func(tx *store.Tx) error {
		out = Erasure{Person: p.ID, Erased: map[string]int64{}, Remains: []Remains{versions}}
		return k.erase(ctx, tx, p, &out)
	})
	if err != nil {
		return Erasure{}, err
	}
	if k.Forget != nil {
		k.Forget(p.ID)
	}
	out.Remains = append(out.Remains, Remains{Kind: "backup", Names: []string{}, Why: "backups that were made before hold all of it until they are deleted"})
	out.Remains = slices.DeleteFunc(out.Remains, func(r Remains) bool { return r.Kind != "backup" && r.Count == 0 })
	if out.Overwritten, err = k.Store.Overwrite(ctx); err != nil {
		k.Log.Warn("what was erased may stand in the database's log until that is written anew", "reason", err)
	}
	return out, nil
}

// erase is the transaction of Erase.
func (k *Keeper) erase(ctx context.Context, tx *store.Tx, p subject, out *Erasure) error {
	names, err := k.names(ctx, tx, p)
	if err != nil {
		return err
	}
	rules, err := k.rules(ctx, tx, p)
	if err != nil {
		return err
	}
	out.Remains = append(out.Remains, rules)
	learned, err := dataset.Erase(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	out.Erased["sample"] = int64(learned.Samples)
	out.Remains = append(out.Remains, held(learned)...)
	for _, h := range holdings {
		if err := k.take(ctx, tx, h, p, out); err != nil {
			return err
		}
	}
	if out.Erased["trace"], err = trace.Erase(ctx, tx, p.ID); err != nil {
		return err
	}
	if _, err := guard.Erase(ctx, tx, p.ID); err != nil {
		return err
	}
	if out.Erased["evaluation"], err = record.Erase(ctx, tx, p.ID); err != nil {
		return err
	}
	if err := k.Auth.RemoveIn(ctx, tx, p.ID); err != nil {
		return err
	}
	for _, name := range names {
		n, err := audit.Erase(ctx, tx, audit.Name{ID: p.ID, Name: name, Email: p.Email, Also: p.Also})
		if err != nil {
			return err
		}
		out.Erased["audit"] += n
	}
	for kind, n := range out.Erased {
		if n == 0 {
			delete(out.Erased, kind)
		}
	}
	if audit.Who(ctx).ID == p.ID {
		ctx = audit.By(ctx, audit.Actor{ID: p.ID})
	}
	return audit.Append(ctx, tx, audit.Act{Action: "person.erase", Object: p.ID, Detail: out.Erased})
}

// held are the data sets that hold words which are erased, and what learned from them.
func held(h dataset.Holders) []Remains {
	sets := Remains{Kind: "dataset", Names: []string{}, Why: "the set holds rows that were made from their words; these rows are empty now, and a copy that was taken out before is not"}
	adapters := Remains{Kind: "adapter", Names: []string{}, Why: "it was trained on rows that were made from their words, and may have learned them; make the set anew and train again to be rid of them"}
	for _, v := range h.Sets {
		sets.add(v.Name + " " + v.Hash)
	}
	for _, v := range h.Adapters {
		adapters.add(v.Name + " " + v.Hash)
	}
	return []Remains{sets, adapters}
}

// take takes away what a holding has of somebody, or counts what goes with the account.
func (k *Keeper) take(ctx context.Context, tx *store.Tx, h holding, p subject, out *Erasure) (err error) {
	var n int64
	if h.remove != "" {
		n, err = tx.Exec(ctx, h.remove, p.ID)
	} else {
		err = tx.QueryRow(ctx, `SELECT COUNT(*) FROM (`+h.find+`) AS found`, p.ID).Scan(&n)
	}
	if err != nil {
		return fmt.Errorf("privacy: erase: %w", err)
	}
	out.Erased[h.kind] = n
	return nil
}

// names are what somebody is and was called, as far as the audit tells and nobody else is called so
// now. The name of today comes last, as it stands in the newest entries.
func (k *Keeper) names(ctx context.Context, tx *store.Tx, p subject) ([]string, error) {
	changes, err := values(ctx, tx, `SELECT object, payload FROM audit WHERE action = 'person.change' ORDER BY number DESC`)
	if err != nil {
		return nil, err
	}
	all, now := []string{p.Name.Name}, p.Name.Name
	for _, c := range changes {
		var said struct {
			Act struct {
				Detail struct {
					Name *string `json:"name"`
				} `json:"detail"`
			} `json:"act"`
		}
		text, _ := c["payload"].(string)
		before, _ := c["object"].(string)
		if json.Unmarshal([]byte(text), &said) != nil || said.Act.Detail.Name == nil || auth.Fold(*said.Act.Detail.Name) != auth.Fold(now) || before == "" {
			continue
		}
		now = before
		var taken int64
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM person WHERE fold = $1`, auth.Fold(before)).Scan(&taken); err != nil {
			return nil, fmt.Errorf("privacy: %w", err)
		}
		if taken == 0 && !slices.Contains(all, before) {
			all = append(all, before)
		}
	}
	return all, nil
}

// made are the versions that somebody made.
func (k *Keeper) made(ctx context.Context, p subject) (Remains, error) {
	r := Remains{Kind: "version", Names: []string{}, Why: "others work with what they made; it stays as a version, and nothing says any more who made it"}
	err := audit.About(ctx, k.Store, p.Name, func(e audit.Entry) error {
		if e.Actor.ID == p.ID && e.Version != "" && e.Action != "question" {
			r.add(strings.TrimSpace(e.Action + " " + e.Object + " " + e.Version))
		}
		return nil
	})
	return r, err
}

func (r *Remains) add(name string) {
	if r.Count++; len(r.Names) < maxNames {
		r.Names = append(r.Names, name)
	}
}

// rules are those that name somebody: they stay as they were written, and hold for nobody.
func (k *Keeper) rules(ctx context.Context, tx *store.Tx, p subject) (Remains, error) {
	r := Remains{Kind: "rule", Names: []string{}, Why: "the rule names them beside others, or as the only reader; it holds for nobody of that name now, and is for its owner to change"}
	for _, q := range []string{
		`SELECT document, hand FROM access WHERE hand <> ''`,
		`SELECT document, own FROM access WHERE own <> ''`,
		`SELECT corpus || '/' || glob, readers FROM access_glob`,
		`SELECT corpus || '/' || folder || '/.access', text FROM access_file`,
	} {
		for _, name := range []string{p.Name.Name, p.Email} {
			if name == "" {
				continue
			}
			found, err := named(ctx, tx, q, name)
			if err != nil {
				return r, err
			}
			for _, f := range found {
				r.add(f)
			}
		}
	}
	return r, nil
}

// named are the rules whose text names somebody as person:NAME.
func named(ctx context.Context, tx *store.Tx, query, name string) (all []string, err error) {
	err = tx.Each(ctx, func(r store.Row) error {
		var on, text string
		if err := r.Scan(&on, &text); err != nil {
			return err
		}
		for part := range strings.FieldsFuncSeq(auth.Fold(text), func(r rune) bool { return strings.ContainsRune(",\"[]\n#", r) }) {
			if strings.HasSuffix(strings.TrimSpace(part), "person:"+auth.Fold(name)) {
				all = append(all, on)
				break
			}
		}
		return nil
	}, query)
	if err != nil {
		return nil, fmt.Errorf("privacy: rules: %w", err)
	}
	return all, nil
}
