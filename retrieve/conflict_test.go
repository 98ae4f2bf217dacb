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
