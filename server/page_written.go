package server

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"

	"wenyuan"
	"wenyuan/dataset"
	"wenyuan/dataset/form"
	"wenyuan/gateway"
	"wenyuan/internal/scope"
	"wenyuan/web"
)

// writtenPages are the pages of rows that a model writes from seeds.
func writtenPages() []route {
	looks := []scope.Right{scope.Edit, scope.Review, scope.Own}
	return []route{
		{"GET", "/learning/written", "What models were ordered to write", page(writtenPage).needs(looks...)},
		{"POST", "/learning/written", "Have a model write rows from the page", page(writeForm).asLarge(maxSet).needs(scope.Edit)},
		{"GET", "/learning/written/{id}", "What a model was ordered to write, with what was kept and left out", page(writePage).needs(looks...)},
		{"GET", "/learning/written/{id}/parts", "The parts of that page each second, as a stream of events", page(writeParts).asLight().asLong().needs(looks...)},
		{"POST", "/learning/written/{id}/stop", "Stop a model that writes from the page", page(stopWriteForm).needs(scope.Edit)},
		{"POST", "/learning/written/{id}/again", "Have a model go on writing from the page", page(againWriteForm).needs(scope.Edit)},
	}
}

func writtenPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.showWritten(w, r, http.StatusOK, web.WriteOrder{From: r.URL.Query().Get("from"), Rows: "100"}, nil)
}

func (s *Server) showWritten(w http.ResponseWriter, r *request, status int, o web.WriteOrder, problem *web.Problem) (err error) {
	p := web.WrittenPage{Makes: r.scope.May(scope.Edit), Order: o, Problem: problem}
	if p.Frame, err = s.framed(r, "/learning/written"); err != nil {
		return err
	}
	runs, err := s.Sets.InstructRuns(r.Context(), r.scope)
	if err != nil {
		return err
	}
	for _, run := range runs {
		p.Runs = append(p.Runs, writeRow(run))
	}
	if p.Makes {
		sets, err := s.Sets.List(r.Context(), r.scope)
		if err != nil {
			return err
		}
		for _, f := range sets {
			p.Sets = append(p.Sets, f.Name)
		}
		for _, m := range s.Gateway.List(r.scope.Space()) {
			if m.Able(gateway.Chat) {
				p.Models = append(p.Models, m.Name)
			}
		}
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Written(b, p) })
}

func writeRow(run dataset.Instructed) web.WriteRow {
	return web.WriteRow{ID: run.ID, Name: run.Name, Model: run.Teacher.Name, State: run.State, Made: run.Made, Rows: run.Rows, Licence: run.Licence, Created: run.Created}
}

// formMemory is how much of a form with a file is held in memory; the rest of it lies in a file.
const formMemory = 1 << 20

func writeForm(s *Server, w http.ResponseWriter, r *request) error {
	if err := r.ParseMultipartForm(formMemory); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return broken(err)
	}
	if r.MultipartForm != nil {
		defer r.MultipartForm.RemoveAll()
	}
	o := web.WriteOrder{Name: strings.TrimSpace(r.PostFormValue("name")), From: r.PostFormValue("from"), Model: r.PostFormValue("model"), Licence: strings.TrimSpace(r.PostFormValue("licence")), Language: r.PostFormValue("language"),
		Rows: r.PostFormValue("rows"), Tokens: r.PostFormValue("tokens"), Parallel: r.PostFormValue("parallel"), Without: r.PostFormValue("without")}
	run, err := s.orderWriting(r, o)
	if err == nil {
		return seeOther(w, r, "/learning/written/"+run.ID)
	}
	view, status, err := s.told(w, r, err)
	if err != nil {
		return err
	}
	return s.showWritten(w, r, status, o, view)
}

func (s *Server) orderWriting(r *request, o web.WriteOrder) (run dataset.Instructed, err error) {
	in := dataset.InstructOrder{Name: o.Name, From: o.From, Model: o.Model, Licence: o.Licence, Language: o.Language, Without: commaed(o.Without)}
	if in.Rows, err = wholeOr0(o.Rows); err != nil {
		return run, err
	}
	tokens, err := wholeOr0(o.Tokens)
	if err != nil {
		return run, err
	}
	if in.Parallel, err = wholeOr0(o.Parallel); err != nil {
		return run, err
	}
	in.Tokens = int64(tokens)
	if r.MultipartForm != nil {
		for _, file := range r.MultipartForm.File["seeds"] {
			if file.Size > 0 {
				if in.Seeds, err = seedsOf(file); err != nil {
					return run, err
				}
			}
		}
	}
	return s.Sets.Instruct(r.Context(), r.scope, r.identity, in)
}

// wholeOr0 reads a whole number as people write it; nothing is 0.
func wholeOr0(text string) (int, error) {
	text = minus.Replace(strings.TrimSpace(text))
	n, err := strconv.Atoi(cmp.Or(text, "0"))
	if err != nil {
		return 0, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%q is no whole number", shortened(text, 40)), Hint: "write it in digits", Err: err}
	}
	return n, nil
}

// seedsOf reads the rows of a file that came with a form, in any format that is known.
func seedsOf(file *multipart.FileHeader) (all []form.Row, err error) {
	f, err := file.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows := form.NewReader(file.Filename, f, "")
	for {
		row, line, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%s:%d is no row", shortened(file.Filename, 100), line), Hint: "wenyuan dataset import says what is wrong with a file", Err: err}
		}
		if all = append(all, row); len(all) > dataset.MaxSeeds {
			return nil, &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("more than %d seeds are brought along", dataset.MaxSeeds), Hint: "import them, make a data set of them, and name that"}
		}
	}
}

// writeView is the page of an order.
func (s *Server) writeView(r *request) (p web.WritePage, err error) {
	run, err := s.Sets.Instructed(r.Context(), r.scope, r.PathValue("id"))
	if err != nil {
		return p, err
	}
	p = web.WritePage{Run: writeRow(run), Why: run.Error, Hash: run.Teacher.Hash, From: run.From, Language: run.Language, Calls: run.Rounds, Tokens: run.TokensIn + run.TokensOut, Budget: run.Budget, Seeds: run.Seeds,
		SeedsLeft: counted("seeds.left.", "faint", run.SeedsLeft), Licences: counted("set.licence.", "faint", run.Licences),
		Stops: r.scope.May(scope.Edit) && (run.Principal == r.who.ID || r.scope.May(scope.Own)), Again: run.Again(),
		More: strconv.Itoa(run.Rows), Allowed: strconv.FormatInt(run.Budget, 10)}
	if run.Money > 0 {
		p.Money = strings.TrimSpace(fmt.Sprintf("%.4f %s", run.Money, run.Currency))
	}
	if run.Rounds > 0 {
		kept := web.BarsOf("made.left.", "", []string{"kept"}, func(string) int { return run.Made })
		p.Kept = web.Measured(append(kept, counted("made.left.", "faint", run.Left)...))
	}
	return p, nil
}

func writePage(s *Server, w http.ResponseWriter, r *request) error {
	return s.showWrite(w, r, http.StatusOK, nil)
}

func (s *Server) showWrite(w http.ResponseWriter, r *request, status int, problem *web.Problem) error {
	p, err := s.writeView(r)
	if err != nil {
		return err
	}
	if p.Frame, err = s.framed(r, "/learning/written/"+p.Run.ID); err != nil {
		return err
	}
	p.Problem = problem
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Write(b, p) })
}

// writeParts sends what changes on that page, each second until the reader leaves.
func writeParts(s *Server, w http.ResponseWriter, r *request) error {
	if _, err := s.writeView(r); err != nil {
		return err
	}
	f := s.preferred(r)
	return s.parted(w, r, func(b io.Writer) error {
		p, err := s.writeView(r)
		if err != nil {
			return err
		}
		p.Frame = f
		return s.web.WriteParts(b, p)
	})
}

func stopWriteForm(s *Server, w http.ResponseWriter, r *request) error {
	_, err := s.Sets.StopInstruct(r.Context(), r.scope, r.identity, r.PathValue("id"))
	return s.turnedWrite(w, r, err)
}

func againWriteForm(s *Server, w http.ResponseWriter, r *request) error {
	rows, err := wholeOr0(r.PostFormValue("rows"))
	if err == nil {
		var tokens int
		if tokens, err = wholeOr0(r.PostFormValue("tokens")); err == nil {
			_, err = s.Sets.InstructAgain(r.Context(), r.scope, r.identity, r.PathValue("id"), rows, int64(tokens))
		}
	}
	return s.turnedWrite(w, r, err)
}

func (s *Server) turnedWrite(w http.ResponseWriter, r *request, err error) error {
	if err == nil {
		return seeOther(w, r, "/learning/written/"+r.PathValue("id"))
	}
	view, status, err := s.told(w, r, err)
	if err != nil {
		return err
	}
	return s.showWrite(w, r, status, view)
}
