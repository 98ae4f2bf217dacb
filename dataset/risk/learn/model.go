package main

import (
	"strings"
	"unicode"

	"wenyuan/dataset/risk"
	"wenyuan/internal/hanzi"
)

// Frequencies of the lists are brought to one scale with those of the texts, of which there
// are few.
const (
	englishScale = 1.0 / 13000 // the rarest words of the list count once
	englishLeast = 1.5
	begins       = 1e6 // texts, by which words at their beginning are counted
	ownWord      = 60  // for each time that a word which is in no list stands in the texts
)

// parts are what is left of words where they are cut at an apostrophe, and words as people
// write them to each other.
const parts = `don doesn didn wouldn couldn isn aren wasn weren haven hasn hadn shouldn mustn needn ain won ll ve re dont doesnt didnt cant wont isnt arent im ive ill youre thats whats wheres hows lets
	lol pls plz thx btw imo asap gonna wanna gotta cos wot prolly tho yall okay ok hey hi haha hmm uh um yeah yep nope app apps blog email emails online website websites username login logout wifi
	smartphone smartphones google facebook whatsapp instagram youtube twitter linkedin gmail android iphone ipad microsoft chatgpt openai bitcoin crypto covid quora reddit netflix uber paypal
	json yaml html css javascript python java golang sql linux ubuntu windows github docker kubernetes api apis url urls http https cpu gpu ram usb pdf csv xml sdk plugin plugins backend frontend dataset datasets`

// modern are words of Chinese that are younger than the list, or that it hardly counts.
const modern = `微信 支付宝 花呗 借呗 余额宝 淘宝 天猫 京东 拼多多 抖音 快手 小红书 微博 知乎 贴吧 朋友圈 公众号 小程序 二维码 扫码 网红 直播 主播 外卖 快递 滴滴 网约车 高铁 动车 手游 网游 页游 王者 荣耀 吃鸡 英雄联盟 皮肤 副本 攻略 充值 话费 流量 套餐 宽带 路由器
	手机壳 充电宝 自拍 美图 表情包 段子 弹幕 点赞 转发 粉丝 关注 私信 群聊 红包 转账 余额 提现 还款 分期 信用卡 额度 蚂蚁 商家 客服 退款 退货 下单 付款 收款 绑定 解绑 账号 帐号 登录 登陆 注册 注销 验证码 实名 密码 人脸 指纹 截图 下架 开通 关闭 逾期 冻结 优惠券 会员
	安卓 苹果 华为 小米 三星 魅族 百度 谷歌 腾讯 阿里 网易 迅雷 微软 云盘 网盘 云端 云服务 大数据 人工智能 机器学习 深度学习 神经网络 算法 编程 代码 脚本 函数 变量 接口 数据库 服务器 客户端 前端 后端 框架 插件 浏览器 网页 链接 邮箱 软件 硬件 内存 硬盘 显卡 主板 电脑 笔记本 平板
	披萨 奶茶 火锅 健身 瑜伽 简历 面试 加班 吐槽 靠谱 闺蜜 学霸 追剧 综艺 番剧 同人 耳机 蓝牙 充电器 数据线 钢化膜 疫情 核酸 口罩 新冠 疫苗 碳中和 新能源 电动车 共享 单车 民宿 自驾 攻略 景点 签证 机票 酒店 股票 基金 理财 比特币 区块链 房贷 公积金 社保 医保 养老金 消息 队列 消费者 生产者 集群 节点 主题 订阅 部署 配置 日志 监控 超时 重试 副本 分区 事务 幂等 延迟 吞吐`

// Words of Chinese that are kept: of three characters at most all that the list counts, and of
// four, most of which are phrases, the commoner ones.
const (
	hanLeast     = 3
	hanLeastFour = 20
)

const englishLicence = "MIT; made of Google Books Ngrams (CC BY 3.0) and SCOWL"

func makeModel(o options, plain []texts) ([]byte, error) {
	english, source, err := frequencies(o.words, 1, englishLicence)
	if err != nil {
		return nil, err
	}
	chinese, hanSource, err := frequencies(o.han, 1, "MIT")
	if err != nil {
		return nil, err
	}
	sources := []risk.Source{source, hanSource}
	words, kept, own := map[string]float64{}, map[string]float64{}, map[string]int{}
	for w, n := range english {
		if lower(w) && n*englishScale >= englishLeast {
			words[w] = max(words[w], n*englishScale)
		}
	}
	for w := range strings.FieldsSeq(parts) {
		words[w] = max(words[w], 3000)
	}
	for _, t := range plain {
		sources = append(sources, t.source)
		for _, s := range t.texts {
			for w := range strings.FieldsFuncSeq(s, func(r rune) bool { return !unicode.IsLetter(r) || r > 127 }) {
				own[strings.ToLower(w)]++
			}
		}
	}
	for w, n := range own {
		if _, ok := words[w]; !ok && n >= 3 && len(w) > 2 && lower(w) {
			words[w] = float64(n) * ownWord
		}
	}
	pairs, third, err := frequencies(o.pairs, 2, englishLicence)
	if err != nil {
		return nil, err
	}
	for two, n := range pairs {
		a, b, _ := strings.Cut(two, " ")
		if words[a] > 0 && words[b] > 0 {
			kept[two] = n * englishScale
		}
	}
	words[risk.Begin] = begins
	first := map[string]float64{}
	for _, t := range plain {
		for _, s := range t.texts {
			if f := strings.Fields(strings.ToLower(s)); t.plain && len(f) > 0 && words[f[0]] > 0 {
				first[f[0]]++
			}
		}
	}
	all := 0.0
	for w, n := range first {
		if all += n; n < 3 {
			delete(first, w)
		}
	}
	for w, n := range first {
		kept[risk.Begin+" "+w] = max(1, n/all*begins)
	}
	return risk.Pack(append(sources, third), words, hanWords(chinese), kept)
}

// radicals stand in no word but one that was taken apart.
const radicals = "亻氵扌讠钅纟礻衤犭忄阝刂灬饣宀艹辶彳冫疒"

// hanWords are those of the list that are kept, in simplified script.
func hanWords(list map[string]float64) map[string]float64 {
	out := map[string]float64{}
	for w, n := range list {
		rs := []rune(w)
		if len(rs) > 4 || n < hanLeast || len(rs) > 3 && n < hanLeastFour || strings.ContainsFunc(w, func(r rune) bool { return r < 0x4e00 || r > 0x9fff }) || strings.ContainsAny(w, radicals) {
			continue
		}
		for i, r := range rs {
			rs[i] = hanzi.Simplify(r)
		}
		out[string(rs)] = max(out[string(rs)], n)
	}
	for w := range strings.FieldsSeq(modern) {
		out[w] = max(out[w], 500)
	}
	return out
}

func lower(w string) bool {
	for i := range len(w) {
		if w[i] < 'a' || w[i] > 'z' {
			return false
		}
	}
	return len(w) > 0 && len(w) <= 24
}
