package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"wenyuan/app"
	"wenyuan/internal/testenv"
)

// A provider keeps people and groups by SCIM, as Okta and Entra do.
type provider struct {
	house
	t   *testing.T
	key string
}

// provide opens a house on one of the engines; "" is SQLite.
func provide(t *testing.T, database string) provider {
	t.Helper()
	h := openWith(t, app.Config{Database: database})
	_, _, key, err := h.Auth.Init(t.Context(), "operator")
	if err != nil {
		t.Fatal(err)
	}
	return provider{h, t, key}
}

// do sends what a provider sends, wants a status, and gives the resource.
func (p provider) do(method, path, body string, want int) (out map[string]any) {
	p.t.Helper()
	resp, text := p.send(p.t, method, "/scim/v2"+path, body, "Authorization", "Bearer "+p.key, "Content-Type", "application/scim+json; charset=utf-8", "Accept", "application/scim+json")
	if resp.StatusCode != want {
		p.t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, text)
	}
	if want == http.StatusNoContent {
		return nil
	}
	if got := resp.Header.Get("Content-Type"); got != "application/scim+json; charset=utf-8" {
		p.t.Errorf("%s %s comes as %s", method, path, got)
	}
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		p.t.Fatal(err, text)
	}
	if want == http.StatusCreated && !strings.HasPrefix(resp.Header.Get("Location"), p.url+"/scim/v2/") {
		p.t.Errorf("what was made is at %q", resp.Header.Get("Location"))
	}
	return out
}

// count is how many a list has.
func (p provider) count(path, filter string, want int) {
	p.t.Helper()
	path += "?filter=" + strings.NewReplacer(" ", "%20", `"`, "%22", "+", "%2B").Replace(filter)
	if got := p.do("GET", path, "", 200)["totalResults"]; got != float64(want) {
		p.t.Errorf("%s finds %v, want %d", filter, got, want)
	}
}

// refused wants an error in SCIM's form.
func (p provider) refused(method, path, body string, status int, kind string) {
	p.t.Helper()
	out := p.do(method, path, body, status)
	said, _ := out["scimType"].(string)
	if fmt.Sprint(out["schemas"]) != "[urn:ietf:params:scim:api:messages:2.0:Error]" || out["status"] != fmt.Sprint(status) || said != kind || out["detail"] == "" {
		p.t.Errorf("%s %s: %v", method, path, out)
	}
}

func id(out map[string]any) string { s, _ := out["id"].(string); return s }

// TestAsOkta is what Okta sends when somebody is assigned, changed, put into a group and taken away.
func TestAsOkta(t *testing.T) {
	t.Parallel()
	p := provide(t, "")
	p.count("/Users", `userName eq "test.user@okta.local"`, 0)
	made := p.do("POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"test.user@okta.local","name":{"givenName":"Test","familyName":"User"},
		"emails":[{"primary":true,"value":"test.user@okta.local","type":"work"}],"displayName":"Test User","locale":"en-US","externalId":"00ujl29u0le5T6Aj10h7","groups":[],"password":"1mz050nq","active":true}`, 201)
	user := id(made)
	if made["userName"] != "test.user@okta.local" || made["externalId"] != "00ujl29u0le5T6Aj10h7" || made["active"] != true || user == "" || made["password"] != nil {
		t.Errorf("%v", made)
	}
	p.refused("POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"Test.User@okta.local"}`, 409, "uniqueness")
	p.count("/Users", `userName eq "TEST.USER@okta.local"`, 1)
	changed := p.do("PUT", "/Users/"+user, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"`+user+`","userName":"another.user@okta.local","emails":[{"primary":true,"value":"another.user@okta.local","type":"work"}],"active":true,"meta":{"resourceType":"User"}}`, 200)
	if changed["userName"] != "another.user@okta.local" || changed["externalId"] != "00ujl29u0le5T6Aj10h7" {
		t.Errorf("%v", changed)
	}
	group := id(p.do("POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Test SCIMv2","members":[]}`, 201))
	p.do("PATCH", "/Groups/"+group, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"members","value":[{"value":"`+user+`","display":"another.user@okta.local"}]}]}`, 204)
	got := p.do("GET", "/Groups/"+group, "", 200)
	if !strings.Contains(fmt.Sprint(got["members"]), user) {
		t.Errorf("%v", got)
	}
	p.do("PATCH", "/Groups/"+group, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"id":"`+group+`","displayName":"Test SCIMv2 again"}}]}`, 204)
	p.count("/Groups", `displayName eq "Test SCIMv2 again"`, 1)
	p.do("PATCH", "/Groups/"+group, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"remove","path":"members[value eq \"`+user+`\"]"}]}`, 204)
	if got := p.do("GET", "/Groups/"+group, "", 200); fmt.Sprint(got["members"]) != "[]" {
		t.Errorf("%v", got)
	}
	p.do("PATCH", "/Users/"+user, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"active":false}}]}`, 200)
	if p.do("GET", "/Users/"+user, "", 200)["active"] != false {
		t.Error("active still")
	}
	p.do("DELETE", "/Groups/"+group, "", 204)
	p.refused("GET", "/Groups/"+group, "", 404, "")
}

// TestAsEntra is what Microsoft Entra sends, with its own ways: capital operations, true as text,
// paths with filters, attributes of other schemas.
func TestAsEntra(t *testing.T) {
	t.Parallel()
	p := provide(t, testenv.Postgres(t))
	p.count("/Users", `externalId eq "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef"`, 0)
	user := id(p.do("POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"externalId":"0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef","userName":"Test_User_ab6490ee",
		"active":true,"emails":[{"primary":true,"type":"work","value":"Test_User_fd0ea19b@testuser.com"}],"meta":{"resourceType":"User"},"name":{"formatted":"givenName familyName","familyName":"familyName","givenName":"givenName"},"roles":[]}`, 201))
	p.count("/Users", `userName eq "test_user_ab6490ee"`, 1)
	p.count("/Users", `externalId eq "0A21F0F2-8d2a-4f8e-bf98-7363c4aed4ef"`, 0) // its case counts
	after := p.do("PATCH", "/Users/"+user, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[
		{"op":"Replace","path":"emails[type eq \"work\"].value","value":"updatedEmail@microsoft.com"},
		{"op":"Add","path":"emails[type eq \"home\"].value","value":"home@microsoft.com"},
		{"op":"Replace","path":"name.familyName","value":"updatedFamilyName"},
		{"op":"Add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"HR"},
		{"op":"Replace","path":"userName","value":"5b50642d-79fc-4410-9e90-4c077cdd1a59"}]}`, 200)
	if after["userName"] != "5b50642d-79fc-4410-9e90-4c077cdd1a59" || !strings.Contains(fmt.Sprint(after["emails"]), "updatedemail@microsoft.com") {
		t.Errorf("%v", after)
	}
	if got := p.do("PATCH", "/Users/"+user, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"active","value":"False"}]}`, 200); got["active"] != false {
		t.Errorf("%v", got)
	}
	p.do("PATCH", "/Users/"+user, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":true}]}`, 200)
	group := id(p.do("POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group","http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],"externalId":"8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159","displayName":"displayName","meta":{"resourceType":"Group"}}`, 201))
	if got := p.do("GET", "/Groups?excludedAttributes=members&filter=displayName%20eq%20%22displayName%22", "", 200); fmt.Sprint(got["totalResults"]) != "1" || strings.Contains(fmt.Sprint(got), "members") {
		t.Errorf("%v", got)
	}
	p.do("PATCH", "/Groups/"+group, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Add","path":"members","value":[{"$ref":null,"value":"`+user+`"}]}]}`, 204)
	p.count("/Groups", `id eq "`+group+`" and members eq "`+user+`"`, 1)
	p.count("/Groups", `id eq "`+group+`" and members[value eq "`+user+`"]`, 1)
	p.do("PATCH", "/Groups/"+group, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Remove","path":"members","value":[{"$ref":null,"value":"`+user+`"}]}]}`, 204)
	p.count("/Groups", `members eq "`+user+`"`, 0)
	p.do("PATCH", "/Groups/"+group, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"displayName","value":"1879db59-3bdf-4490-ad68-ab880a269474updatedDisplayName"}]}`, 204)
	p.do("DELETE", "/Users/"+user, "", 204)
	p.refused("DELETE", "/Users/"+user, "", 404, "")
}

// TestScimMeansAccess: who is put into a group by SCIM reads what the group reads, and does no
// more once it is taken out, or is not active; what people said of the group stays.
func TestScimMeansAccess(t *testing.T) {
	t.Parallel()
	p := provide(t, testenv.Postgres(t))
	user := id(p.do("POST", "/Users", `{"userName":"zhao","active":true}`, 201))
	group := id(p.do("POST", "/Groups", `{"displayName":"hr","members":[{"value":"`+user+`"}]}`, 201))
	p.as(t, p.key, "POST", "/api/people", `{"name":"wang","space":""}`, 200)
	p.as(t, p.key, "POST", "/api/groups/hr/members", `{"members":["person:wang"]}`, 200)
	_, body := p.as(t, p.key, "POST", "/api/keys", `{"person":"zhao"}`, 200)
	var k struct{ Key string }
	if err := json.Unmarshal([]byte(body), &k); err != nil {
		t.Fatal(err)
	}
	p.as(t, k.Key, "GET", "/api/corpora", "", 404)
	p.as(t, p.key, "PUT", "/api/spaces/main/members/group:hr", `{"role":"asker"}`, 200)
	p.as(t, k.Key, "GET", "/api/corpora", "", 200)
	p.do("PUT", "/Groups/"+group, `{"displayName":"hr","members":[]}`, 200)
	p.as(t, k.Key, "GET", "/api/corpora", "", 404)
	if _, body := p.as(t, p.key, "GET", "/api/groups/hr", "", 200); !strings.Contains(body, "person:wang") || strings.Contains(body, "zhao") {
		t.Errorf("the group is %s", body)
	}
	p.do("PATCH", "/Groups/"+group, `{"Operations":[{"op":"add","value":{"members":[{"value":"`+user+`"}]}}]}`, 204)
	p.as(t, k.Key, "GET", "/api/corpora", "", 200)
	p.do("PATCH", "/Users/"+user, `{"Operations":[{"op":"replace","path":"active","value":false}]}`, 200)
	p.as(t, k.Key, "GET", "/api/corpora", "", 401)
}

func TestScimBadInput(t *testing.T) {
	t.Parallel()
	p := provide(t, "")
	user := id(p.do("POST", "/Users", `{"userName":"zhao"}`, 201))
	group := id(p.do("POST", "/Groups", `{"displayName":"hr"}`, 201))
	inner := id(p.do("POST", "/Groups", `{"displayName":"pay","members":[{"value":"`+group+`"}]}`, 201))
	patch := func(op string) string { return `{"Operations":[` + op + `]}` }
	for _, c := range []struct {
		method, path, body string
		status             int
		kind               string
	}{
		{"POST", "/Users", `{`, 400, "invalidSyntax"}, {"POST", "/Users", `[]`, 400, "invalidSyntax"}, {"POST", "/Users", `{}`, 400, "invalidValue"},
		{"POST", "/Users", `{"userName":"a:b"}`, 400, "invalidValue"}, {"POST", "/Users", `{"userName":"x","emails":"y@"}`, 400, "invalidValue"}, {"POST", "/Users", `{"userName":"x","active":"maybe"}`, 400, "invalidValue"},
		{"GET", "/Users?filter=userName", "", 400, "invalidFilter"}, {"GET", "/Users?filter=password%20eq%20%22x%22", "", 400, "invalidFilter"}, {"GET", "/Users?filter=userName%20gt%20%22x%22", "", 400, "invalidFilter"},
		{"GET", "/Users?filter=" + strings.Repeat("(", 3000), "", 400, "invalidFilter"}, {"GET", "/Users?filter=" + strings.Repeat("not(", 25) + "id%20pr", "", 400, "invalidFilter"},
		{"GET", "/Users?startIndex=x", "", 400, "invalidValue"}, {"GET", "/Users/none", "", 404, ""}, {"GET", "/Groups/" + user, "", 404, ""}, {"GET", "/Users/" + group, "", 404, ""},
		{"PATCH", "/Users/" + user, patch(``), 400, "invalidSyntax"}, {"PATCH", "/Users/" + user, patch(`{"op":"move","path":"active"}`), 400, "invalidSyntax"}, {"PATCH", "/Users/" + user, patch(`{"op":"remove"}`), 400, "noTarget"},
		{"PATCH", "/Users/" + user, patch(`{"op":"replace","path":"emails[","value":"x"}`), 400, "invalidPath"}, {"PATCH", "/Users/" + user, patch(`{"op":"remove","path":"userName"}`), 400, "mutability"},
		{"PATCH", "/Users/" + user, patch(`{"op":"replace","value":"x"}`), 400, "invalidValue"}, {"PATCH", "/Groups/" + group, patch(`{"op":"add","path":"members","value":[{"value":"nobody"}]}`), 400, "invalidValue"},
		{"PATCH", "/Groups/" + group, patch(`{"op":"add","path":"members","value":[{"value":"` + inner + `"}]}`), 400, "invalidValue"}, {"PATCH", "/Groups/" + group, patch(`{"op":"replace","path":"members[value eq \"x\"]","value":{"value":"y"}}`), 400, "invalidPath"},
		{"POST", "/Groups", `{"displayName":"HR"}`, 409, "uniqueness"}, {"POST", "/Groups", `{"displayName":"new","members":[{"value":"nobody"}]}`, 400, "invalidValue"}, {"POST", "/Bulk", `{}`, 400, "invalidSyntax"},
		{"GET", "/Schemas/none", "", 404, ""},
	} {
		p.refused(c.method, c.path, c.body, c.status, c.kind)
	}
	p.count("/Groups", `displayName eq "new"`, 0)
	me := p.do("GET", "/Users?filter=userName%20eq%20%22operator%22", "", 200)["Resources"].([]any)[0].(map[string]any)
	for _, c := range [][2]string{{"DELETE", ""}, {"PATCH", patch(`{"op":"replace","path":"active","value":false}`)}} {
		out, _ := p.send(t, c[0], "/scim/v2/Users/"+id(me), c[1], "Authorization", "Bearer "+p.key)
		if out.StatusCode < 400 || out.StatusCode >= 500 {
			t.Errorf("the last operator: %s: %d", c[0], out.StatusCode)
		}
	}
	if resp, _ := p.send(t, "GET", "/scim/v2/Users", ""); resp.StatusCode != 401 {
		t.Errorf("without a key: %d", resp.StatusCode)
	}
}

func TestScimLists(t *testing.T) {
	t.Parallel()
	p := provide(t, "")
	for i := range 12 {
		p.do("POST", "/Users", fmt.Sprintf(`{"userName":"user%02d","emails":[{"value":"u%02d@%s.example"}],"externalId":"E%d"}`, i, i, []string{"a", "b"}[i%2], i), 201)
	}
	for filter, want := range map[string]int{
		"": 13, `userName sw "user0"`: 10, `userName co "R1"`: 2, `userName ew "1"`: 2, `emails co "@a."`: 6, `emails.value eq "u03@b.example"`: 1, `emails[type eq "work" and value sw "u0"]`: 10,
		`externalId eq "E3" or externalId eq "E4"`: 2, `externalId eq "e3"`: 0, `not (userName sw "user")`: 1, `externalId pr`: 12, `userName ne "user00"`: 12, `active eq true`: 13, `active eq false`: 0, `displayName eq "USER05"`: 1,
	} {
		p.count("/Users", filter, want)
	}
	page := p.do("GET", "/Users?startIndex=3&count=5", "", 200)
	if page["itemsPerPage"] != 5.0 || page["startIndex"] != 3.0 || page["totalResults"] != 13.0 || len(page["Resources"].([]any)) != 5 {
		t.Errorf("%v", page)
	}
	if page := p.do("GET", "/Users?count=0", "", 200); page["totalResults"] != 13.0 || len(page["Resources"].([]any)) != 0 {
		t.Errorf("%v", page)
	}
	p.do("GET", "/Users?startIndex=-5&count=100000", "", 200)
	config := p.do("GET", "/ServiceProviderConfig", "", 200)
	if !strings.Contains(fmt.Sprint(config), "bulk:map[maxOperations:0 maxPayloadSize:0 supported:false]") {
		t.Errorf("%v", config)
	}
	for _, path := range []string{"/ResourceTypes", "/ResourceTypes/User", "/Schemas", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:Group"} {
		p.do("GET", path, "", 200)
	}
}
