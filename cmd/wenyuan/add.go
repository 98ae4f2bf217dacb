package main

import (
	"errors"

	"wenyuan/corpus"
	"wenyuan/internal/archive"
)

type addCmd struct {
	Paths  []string `arg:"" help:"add_paths"`
	Corpus string   `help:"corpus" required:"" placeholder:"NAME"`
}

func (addCmd) Help() string {
	return "  $ wenyuan add docs notes.pdf manual.zip --corpus rocketmq"
}

// An addReply is what add prints.
type addReply struct {
	Documents []*outcome    `json:"documents"`
	Access    []accessTaken `json:"access,omitempty"` // .access files that were taken over
	Error     *problem      `json:"error,omitempty"`  // what ended the verb before everything was sent
}

// Run adds. It goes on past a document that fails, and exits with 1 when any did.
func (v *addCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		from := map[string]string{}
		rules, err := v.send(s, c, isAccess, from)
		reply := addReply{Documents: []*outcome{}, Access: rules.access}
		if lost := known(rules.all); err == nil && len(lost) > 0 {
			err = s.unsent(lost[0])
		}
		if err != nil {
			return s.added(reply, err)
		}
		u, err := v.send(s, c, func(e archive.Entry) bool { return !isAccess(e) }, from)
		if err == nil {
			err = c.Settle()
		}
		reply.Documents = u.all
		return s.added(reply, err)
	})
}

// send walks the paths and sends what is wanted.
func (v *addCmd) send(s *session, c *client, wanted func(archive.Entry) bool, from map[string]string) (*uploader, error) {
	u := s.uploader(c, v.Corpus)
	var err error
	for _, name := range v.Paths {
		err = s.walk(u.ctx, name, func(e archive.Entry) error {
			if !wanted(e) {
				return nil
			}
			return u.add(s.once(from, name, e))
		})
		if err != nil {
			break
		}
	}
	if serr := u.end(); serr != nil {
		err = serr // the walk stopped because the upload did
	}
	return u, err
}

// once refuses a source that another path gave already: the second document would take the
// place of the first, and nobody would know.
func (s *session) once(from map[string]string, name string, e archive.Entry) archive.Entry {
	first, twice := from[e.Source]
	if !twice {
		from[e.Source] = name
	}
	if !twice || first == name {
		return e
	}
	return archive.Entry{Source: e.Source, Reason: s.say("%s is in %s and in %s", "%s 在 %s 里有，在 %s 里也有", e.Source, first, name),
		Hint: s.say("add the folder above both, so that their names differ", "请加入两者的上级文件夹，使名称不同")}
}

// added prints what became of the documents, also when the verb was ended on the way.
func (s *session) added(reply addReply, err error) error {
	if err != nil {
		if s.json {
			reply.Documents = known(reply.Documents)
			p := s.problem(err)
			reply.Error = &p
			return errors.Join(writeJSON(s.stdout, reply), s.quietly(err))
		}
		s.taken(reply.Access)
		s.outcomes(known(reply.Documents))
		return err
	}
	if s.json {
		err = writeJSON(s.stdout, reply)
	} else {
		s.taken(reply.Access)
		s.outcomes(reply.Documents)
	}
	if err != nil {
		return err
	}
	return failure(reply.Documents)
}

// quietly says an error to standard error only, as the JSON holds it already.
func (s *session) quietly(err error) error {
	quiet := *s
	quiet.json = false
	quiet.fail(err)
	return errSilent
}

// known are the documents whose outcome was reported.
func known(all []*outcome) []*outcome {
	out := []*outcome{}
	for _, o := range all {
		if o.State != "" {
			out = append(out, o)
		}
	}
	return out
}

// shownSkipped is how many skipped documents are shown: a folder may hold hundreds of
// pictures, and what failed must not drown among them.
const shownSkipped = 5

// outcomes shows what is not ready, with its reason, and the counts.
func (s *session) outcomes(all []*outcome) {
	n := map[string]int{}
	for _, o := range all {
		n[o.State]++
		if o.State == corpus.Ready && o.Reason != "" {
			s.print("▲ %s\n    %s", "▲ %s\n    %s", o.Source, s.because(o.Reason, o.Hint))
		}
		if o.State == corpus.Ready || o.State == corpus.Skipped && n[o.State] > shownSkipped {
			continue
		}
		s.print("%s  %s\n    %s", "%s  %s\n    %s", s.state(o.State), o.Source, s.because(o.Reason, o.Hint))
	}
	if more := n[corpus.Skipped] - shownSkipped; more > 0 {
		s.print("○ and %d more skipped; wenyuan list --state skipped shows them", "○ 另有 %d 个跳过；wenyuan list --state skipped 列出它们", more)
	}
	s.print("%d ready, %d failed, %d skipped", "%d 就绪，%d 失败，%d 跳过", n[corpus.Ready], n[corpus.Failed], n[corpus.Skipped])
}
