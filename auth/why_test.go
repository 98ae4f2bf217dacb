package auth

import (
	"testing"

	"wenyuan"
	"wenyuan/internal/zh"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

func TestCan(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		yes := true
		alice, bob := h.person("alice", Asker), h.person("bob", Owner)
		h.person("carl", "")
		h.operator("ada")
		_, err := h.AddPerson(ctx, h.machine, NewPerson{Name: "dan", Email: "dan@x.org"})
		h.must(err)
		h.group("payroll", "person:alice")
		h.group("hr", "group:payroll")
		h.person("eve", "")
		h.group("chiefs", "person:eve")
		h.must(h.SetRole(ctx, h.machine, "group:chiefs", Owner))
		h.corpus("main", "manual")
		storetest.Write(t, h.store, func(tx *store.Tx) error {
			for folder, text := range map[string]string{"hr": "# pay\n\nread: group:hr\n", "it": "\nraed: space\n"} {
				if _, err := h.SetFile(ctx, tx, h.machine, "manual", folder, text); err != nil {
					return err
				}
			}
			for _, p := range []Placing{{Source: "hr/pay.md", Document: "pay"}, {Source: "it/bad.md", Document: "bad"}, {Source: "x.md", Document: "open"},
				{Source: "own.md", Document: "own", Layer: Front, Own: "person:dan@x.org, group:payroll"}, {Source: "t.csv", Document: "row", Layer: Column, Own: "public"}, {Source: "no.md", Document: "none", Layer: Front, Own: "nobody"}} {
				p.Space, p.Corpus = "main", "manual"
				if err := h.Place(ctx, tx, p); err != nil {
					return err
				}
			}
			return nil
		})
		_, err = h.Grant(ctx, h.machine, Grant{On: "manual/x*", Read: []string{"space"}})
		h.must(err)
		for _, c := range []struct {
			person, document string
			allowed          bool
			because, chinese string
		}{
			{"alice", "pay", true, "alice reads it: hr/.access line 3 lets group:hr read, and alice is in hr through payroll", "alice 可以阅读：hr/.access 第 3 行允许 group:hr 阅读，而 alice 属于 hr（经由 payroll）"},
			{"alice", "own", true, "alice reads it: the document itself lets group:payroll read, and alice is in payroll", "alice 可以阅读：文档自身允许 group:payroll 阅读，而 alice 属于 payroll"},
			{"alice", "row", true, "alice reads it: the row of the table itself lets everybody read", "alice 可以阅读：表格的这一行自身允许所有人阅读"},
			{"carl", "pay", false, "carl does not read it: hr/.access line 3 lets group:hr read, and carl is none of them", "carl 不能阅读：hr/.access 第 3 行允许 group:hr 阅读，而 carl 不在其中"},
			{"carl", "none", false, "carl does not read it: the document itself lets nobody read", "carl 不能阅读：文档自身不允许任何人阅读"},
			{"dan@x.org", "own", true, "dan reads it: the document itself lets person:dan@x.org read", "dan 可以阅读：文档自身允许 person:dan@x.org 阅读"},
			{"alice", "open", true, "alice reads it: what was set by hand for x* lets every member of the space read, and alice is a member of main", "alice 可以阅读：对 x* 的手工设置允许空间的每个成员阅读，而 alice 是 main 的成员"},
			{"carl", "open", false, "carl does not read it: what was set by hand for x* lets every member of the space read, and carl is none", "carl 不能阅读：对 x* 的手工设置允许空间的每个成员阅读，而 carl 不是成员"},
			{"alice", "bad", false, `alice does not read it: nobody but owners may, as it/.access line 2 cannot be read: "raed: space" is not [GLOB] read: READERS`, "alice 不能阅读：只有所有者可以：it/.access 第 2 行无法读取（“raed: space”不是“[通配符] read: 读者”的写法）"},
			{"alice", "manual", true, "alice reads it: the corpus manual lets every member of the space read, and alice is a member of main", "alice 可以阅读：语料库“manual”允许空间的每个成员阅读，而 alice 是 main 的成员"},
			{"bob", "pay", true, "bob is an owner of main, and owners see every document", "bob 是空间 main 的所有者，所有者能看到其中全部文档"},
			{"eve", "pay", true, "eve is an owner of main as a member of chiefs, and owners see every document", "eve 是空间 main 的所有者（因属于 chiefs），所有者能看到其中全部文档"},
			{"ada", "none", true, "ada is an operator, and operators see every document", "ada 是运维者，运维者能看到全部文档"},
		} {
			d, err := h.Can(ctx, h.machine, Machine(), c.person, c.document)
			h.must(err)
			if d.Allowed != c.allowed || d.Because != c.because {
				t.Errorf("%s, %s: %+v", c.person, c.document, d)
			}
			if got, _ := zh.Sentence(d.Because); got != c.chinese {
				t.Errorf("%s, %s: %s", c.person, c.document, got)
			}
		}
		// An owner asks about everybody; others about themselves, and what they see.
		own, asker := h.scope(bob, "main"), h.scope(alice, "main")
		_, err = h.Can(ctx, own, bob, "carl", "pay")
		h.must(err)
		_, err = h.Can(ctx, own, bob, "nobody", "pay")
		h.refused(err, wenyuan.NotFound)
		_, err = h.Can(ctx, own, bob, "carl", "nothing")
		h.refused(err, wenyuan.NotFound)
		_, err = h.Can(ctx, asker, alice, "alice", "pay")
		h.must(err)
		for _, doc := range []string{"none", "nothing"} {
			_, err = h.Can(ctx, asker, alice, "alice", doc)
			h.refused(err, wenyuan.NotFound)
			_, err = h.Can(ctx, asker, alice, "carl", doc)
			h.refused(err, wenyuan.Denied)
		}
		_, err = h.ChangePerson(ctx, h.machine, "alice", PersonChange{Disabled: &yes})
		h.must(err)
		if d, err := h.Can(ctx, h.machine, Machine(), "alice", "pay"); err != nil || d.Allowed || d.Because != "alice is disabled, and may not come in" {
			t.Errorf("of somebody disabled %+v is said, %v", d, err)
		}
	})
}
