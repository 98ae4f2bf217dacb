package retrieve_test

import (
	"strings"
	"testing"

	"wenyuan/retrieve"
	"wenyuan/retrieve/retrievetest"
)

// contradictions are a question, two texts of two documents, and the words that stand
// against each other; "-" where nothing does.
const contradictions = `
How many days of annual leave do employees get? | Employees get 16 days of annual leave per year. | Employees get 18 days of annual leave per year. | 16 days / 18 days
How long are backups kept? | Backups are kept for 30 days on the main site. | Backups are kept for 30 hours on the main site. | 30 days / 30 hours
Does the export include deleted records? | The export includes records that were deleted last month. | The export does not include records that were deleted last month. | – / not
How large may an attached file be? | A file attached to a support message may have 20 MB at most. | A file attached to a support message may have 50 MB at most. | 20 mb / 50 mb
年假有几天？ | 正式员工每年享有 10 天年假。 | 正式员工每年享有 15 天年假。 | 10 天 / 15 天
备份保留多久？ | 生产环境的备份文件保留 30 天。 | 生产环境的备份文件保留 90 天。 | 30 天 / 90 天
访客可以使用会议室吗？ | 访客可以使用三楼的会议室。 | 访客不可以使用三楼的会议室。 | – / 不
消息最多重试多少次？ | 一条消息消费失败后最多重试 16 次。 | 一条消息消费失败后最多重试 18 次。 | 16 次 / 18 次
What is the default port of the gateway? | The default port of the gateway is 8080. | The default port of the console is 9090. | -
How many days of annual leave do employees get? | Employees get 16 days of annual leave per year. | Interns get 8 days of annual leave per year. | -
How many days of annual leave do employees get? | Employees get 16 days of annual leave per year. | Employees get 16 days of annual leave per year, which can be taken in parts. | -
How long are backups kept? | Backups are kept for 30 days on the main site. | Backups are kept for 90 days in the archive. | -
How long are backups kept? | Backups are kept for 30 days on the main site. | Logs are kept for 90 days on the main site. | -
How is the service deployed? | This section describes how to deploy a single-node 5.x service in a cluster. | This section describes how to deploy a single-node 4.x service in a cluster. | -
How do I install version 4? | The package of release 4.9.1 is unpacked into the folder of the program. | The package of release 5.3.1 is unpacked into the folder of the program. | -
What is the quota? | Step 1. The quota of a tenant is set by the operator. | Step 2. The quota of a tenant is set by the operator. | -
年假有几天？ | 正式员工每年享有 10 天年假。 | 实习员工每年享有 5 天年假。 | -
年假有几天？ | 正式员工每年享有 10 天年假。 | 正式员工每年享有 10 天年假，可以分次使用。 | -
备份保留多久？ | 生产环境的备份文件保留 30 天。 | 测试环境的备份文件保留 7 天。 | -
默认端口是多少？ | 网关服务的默认端口是 8080。 | 控制台服务的默认端口是 9090。 | -
消息最多重试多少次？ | 一条消息消费失败后最多重试 16 次。 | 一条消息发送失败后最多重试 2 次。 | -
访客可以使用会议室吗？ | 访客可以使用三楼的会议室。 | 访客不可以使用五楼的机房。 | -
How many brokers are needed? | At least 2 brokers are needed for a cluster in production. | At least 2 brokers are needed for a cluster in production, and no disk may be shared. | -
What port does Harbor listen on? | Harbor 4.x listens on port 8111. | Harbor 5.x listens on port 9321. | -
What port does Harbor listen on? | Harbor 4.x listens on port 8111. | Harbor 4.x listens on port 9321. | 8111 / 9321
What port does Harbor listen on? | The Harbor server listens on port 8111. | The Harbor server listens on port 9321. | 8111 / 9321
What port does Harbor listen on? | Harbor Enterprise listens on port 8111. | Harbor listens on port 9321. | -
What port does Harbor listen on? | The server of Harbor Pro listens on port 8111. | The server of Harbor Lite listens on port 9321. | -
What port does the gateway listen on? | The gateway of model HX200 listens on port 8111. | The gateway of model HX300 listens on port 9321. | -
How many days of annual leave do employees get? | In 2023 employees got days of annual leave as agreed. | In 2024 employees got days of annual leave as agreed. | -
When was the company founded? | The company was founded in the city of Jena in 1998. | The company was founded in the city of Jena in 1999. | 1998 / 1999
How long is the trial of the community edition? | The trial of the community edition runs for 30 days. | The trial of the enterprise edition runs for 60 days. | -
服务监听哪个端口？ | 港湾 4.x 版本的服务监听 8111 端口。 | 港湾 5.x 版本的服务监听 9321 端口。 | -
服务监听哪个端口？ | 港湾 5.x 版本的服务监听 8111 端口。 | 港湾 5.x 版本的服务监听 9321 端口。 | 8111 / 9321
试用期有多长？ | 社区版的试用期为 30 天，到期自动停用。 | 企业版的试用期为 60 天，到期自动停用。 | -
What reaches a server outside? | Nothing of a closed folder reaches a server that runs outside. | What is in a closed folder never reaches a server that is outside. | -
Who may enter the archive? | Nobody enters the archive of the house at night. | People enter the archive of the house at night. | Nobody / –
设备保修几年？ | 型号为 HX200 的设备整机保修 1 年。 | 型号为 HX300 的设备整机保修 3 年。 | -
`

func TestConflicts(t *testing.T) {
	t.Parallel()
	for line := range strings.Lines(contradictions) {
		f := strings.Split(strings.TrimSpace(line), " | ")
		if len(f) != 4 {
			continue
		}
		c := retrievetest.New(t, map[string]string{"a.md": "# Rules\n\n" + f[1] + "\n", "b.md": "# Notes\n\n" + f[2] + "\n"})
		found, err := c.Retrieve(t.Context(), c.Scope, query(f[0]), retrieve.Filters{})
		if err != nil {
			t.Fatal(err)
		}
		about := "-"
		for _, d := range found.Conflicts {
			about = d.About
			if d.Sides[0] == "" || d.Sides[1] == "" || d.Passages[0] == d.Passages[1] {
				t.Errorf("%q: %+v", f[0], d)
			}
		}
		swapped := strings.Join([]string{between(about, 1), between(about, 0)}, " / ")
		if about != f[3] && swapped != f[3] {
			t.Errorf("%q: %q and %q stand against each other in %q, want %q (kept %d)", f[0], f[1], f[2], about, f[3], len(found.Kept))
		}
	}
}

// between gives a side of "16 / 18".
func between(about string, side int) string {
	sides := strings.Split(about, " / ")
	return sides[min(side, len(sides)-1)]
}

// above are the path and the heading of two documents that say otherwise the same, and
// whether they stand against each other.
const above = `
# Rules | # Notes | a.md | b.md | yes
# Rules 4.x | # Rules 5.x | a.md | b.md | -
# Rules, version 4 | # Notes, version 5 | a.md | b.md | -
# Community edition | # Enterprise edition | a.md | b.md | -
# Handbook 2023 | # Guide 2024 | a.md | b.md | -
# 社区版说明 | # 企业版手册 | a.md | b.md | -
# Rules | # Rules | v4/port.md | v5/port.md | -
# Rules | # Notes | docs-4.1/a.md | docs-5.0/b.md | -
`

// What stands above two sentences may tell their subjects apart.
func TestConflictsUnderOtherNames(t *testing.T) {
	t.Parallel()
	for line := range strings.Lines(above) {
		f := strings.Split(strings.TrimSpace(line), " | ")
		if len(f) != 5 {
			continue
		}
		for question, text := range map[string][2]string{
			"How long are backups kept on the main site?": {"Backups are kept for 30 days on the main site.", "Backups are kept for 90 days on the main site."},
			"生产环境的备份文件保留多久？":                              {"生产环境的备份文件保留 30 天。", "生产环境的备份文件保留 90 天。"},
		} {
			c := retrievetest.New(t, map[string]string{f[2]: f[0] + "\n\n" + text[0] + "\n", f[3]: f[1] + "\n\n" + text[1] + "\n"})
			found, err := c.Retrieve(t.Context(), c.Scope, query(question), retrieve.Filters{Stale: -1})
			if err != nil {
				t.Fatal(err)
			}
			if got := len(found.Conflicts) > 0; got != (f[4] == "yes") {
				t.Errorf("%q under %q and %q (%s, %s): conflict %v (kept %d)", question, f[0], f[1], f[2], f[3], got, len(found.Kept))
			}
		}
	}
}
