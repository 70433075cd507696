package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every bad value is refused with the name of its flag, before anything is
// opened; a possible password is not repeated.
func TestRun_NamesTheFlagThatIsWrong(t *testing.T) {
	const secret, outside = "hunter2hunter2", "127.0.0.1:1"
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	real := []string{"--amqp-url", "amqp://u:" + secret + "@" + outside + "/", "--database-url", "postgres://u:" + secret + "@" + outside + "/db"}
	class := []string{"--addr", "0.0.0.0:0", "--class", "--allow-development-credentials", "--public-url", "http://192.168.1.20:8080"}
	class = class[:len(class):len(class)]
	for name, c := range map[string]struct {
		args []string
		flag string
	}{
		"no port":                     {[]string{"--addr", "127.0.0.1"}, "--addr"},
		"port beyond":                 {[]string{"--addr", "127.0.0.1:65536"}, "--addr"},
		"port below":                  {[]string{"--addr", "127.0.0.1:-1"}, "--addr"},
		"port in words":               {[]string{"--addr", "127.0.0.1:http"}, "--addr"},
		"public URL of script":        {[]string{"--public-url", "javascript:alert(1)"}, "--public-url"},
		"public URL without scheme":   {[]string{"--public-url", "//pay.example"}, "--public-url"},
		"public URL with a path":      {[]string{"--public-url", "https://pay.example/x"}, "--public-url"},
		"public URL with a query":     {[]string{"--public-url", "https://pay.example?x=1"}, "--public-url"},
		"public URL with a fragment":  {[]string{"--public-url", "https://pay.example#x"}, "--public-url"},
		"public URL with a user":      {[]string{"--public-url", "https://u:" + secret + "@pay.example"}, "--public-url"},
		"keep in words":               {[]string{"--keep", "many"}, "--keep"},
		"keep less than nothing":      {[]string{"--keep=-1"}, "--keep"},
		"keep a part of a payment":    {[]string{"--keep", "1.5"}, "--keep"},
		"keep weeks":                  {[]string{"--keep", "12w"}, "--keep"},
		"keep parts of a day":         {[]string{"--keep", "1.5d"}, "--keep"},
		"keep no days":                {[]string{"--keep", "0d"}, "--keep"},
		"keep the days to come":       {[]string{"--keep=-90d"}, "--keep"},
		"keep minutes":                {[]string{"--keep", "59m"}, "--keep"},
		"keep for ages":               {[]string{"--keep", "3651d"}, "--keep"},
		"keep beyond all days":        {[]string{"--keep", "99999999999d"}, "--keep"},
		"archive of nothing":          {[]string{"--keep", "0", "--archive", "/x"}, "--archive"},
		"archive of what stays":       {[]string{"--data", "/x", "--archive", "/x"}, "--archive"},
		"archive is a file":           {[]string{"--addr", "127.0.0.1:0", "--archive", file}, "--archive"},
		"archive below a file":        {[]string{"--addr", "127.0.0.1:0", "--keep", "90d", "--archive", file + "/x"}, "--archive"},
		"timeout in words":            {[]string{"--bank-timeout", "soon"}, "--bank-timeout"},
		"timeout without unit":        {[]string{"--bank-timeout", "60"}, "--bank-timeout"},
		"timeout negative":            {[]string{"--bank-timeout=-1s"}, "--bank-timeout"},
		"timeout of days":             {[]string{"--bank-timeout", "25h"}, "--bank-timeout"},
		"fee of nobody":               {[]string{"--fee", "nobody=1%+0"}, "--fee"},
		"payout at noon":              {[]string{"--payout-at", "noon"}, "--payout-at"},
		"payout of weeks":             {[]string{"--payout-transit", "200h"}, "--payout-transit"},
		"seed in words":               {[]string{"--seed", "x"}, "--seed"},
		"seed beyond":                 {[]string{"--seed", "18446744073709551616"}, "--seed"},
		"quiet perhaps":               {[]string{"--quiet=maybe"}, "--quiet"},
		"log format":                  {[]string{"--log-format", "xml"}, "--log-format"},
		"bank unknown":                {[]string{"--banks", "NOPENL2A"}, "--banks"},
		"bank twice":                  {[]string{"--banks", "SANDNL2A,SANDNL2A"}, "--banks"},
		"client without name":         {[]string{"--client", "a:" + secret}, "--client"},
		"client of a short secret":    {[]string{"--client", "a:short:A"}, "--client"},
		"client twice":                {[]string{"--client", "a:" + secret + ":A", "--client", "a:" + secret + "2:B"}, "--client"},
		"client with a dot":           {[]string{"--client", "a.b:" + secret + ":A"}, "--client"},
		"client as the broker's user": {[]string{"--client", "guest:" + secret + ":A"}, "--client"},
		"webhook range":               {[]string{"--webhook-allow", "10.0.0.1/33"}, "--webhook-allow"},
		"Kafka without port":          {[]string{"--kafka-brokers", "kafka"}, "--kafka-brokers"},
		"Kafka's form":                {[]string{"--kafka-format", "avro"}, "--kafka-format"},
		"AMQP's form":                 {[]string{"--amqp-format", "xml"}, "--amqp-format"},
		"AMQP's address":              {[]string{"--addr", "127.0.0.1:0", "--amqp-addr", "nonsense"}, "--amqp-addr"},
		"AMQP alone":                  {real[:2], "--database-url"},
		"database alone":              {real[2:], "--amqp-url"},
		"AMQP of another scheme":      {append([]string{"--amqp-url", "http://u:" + secret + "@x/"}, real[2:]...), "--amqp-url"},
		"AMQP badly encoded":          {append([]string{"--amqp-url", "amqp://u:" + secret + "%zz@x/"}, real[2:]...), "--amqp-url"},
		"AMQP with a slash inside":    {append([]string{"--amqp-url", "amqp://u:" + secret + "/@x:y/"}, real[2:]...), "--amqp-url"},
		"database badly encoded":      {append(real[:2:2], "--addr", "127.0.0.1:0", "--database-url", "postgres://u:"+secret+"%zz@x/"), "--database-url"},
		"database's port":             {append(real[:2:2], "--addr", "127.0.0.1:0", "--database-url", "postgres://u:"+secret+"@127.0.0.1:99999/db"), "--database-url"},
		"database of another kind":    {append(real[:2:2], "--addr", "127.0.0.1:0", "--database-url", "mysql://u:"+secret+"@127.0.0.1:1/db"), "--database-url"},
		"database away":               {append(real[:4:4], "--addr", "127.0.0.1:0"), "--database-url"},
		"administrator":               {append(real[:4:4], "--amqp-admin-url", "http://u:"+secret+"%zz@x"), "--amqp-admin-url"},
		"data is a file":              {[]string{"--addr", "127.0.0.1:0", "--data", file}, "--data"},
		"data below a file":           {[]string{"--addr", "127.0.0.1:0", "--data", file + "/x"}, "--data"},
		"checked data is a file":      {[]string{"check", "--data", file}, "--data"},
		"drains for ever":             {[]string{"--drain", "11m"}, "--drain"},
		"drains backwards":            {[]string{"--drain=-1s"}, "--drain"},
		"broker's nodes":              {append([]string{"--amqp-url", "amqp://u:" + secret + "@x/,amqp://v:" + secret + "@y/"}, real[2:]...), "--amqp-url"},
		"class on loopback":           {[]string{"--class"}, "--class"},
		"class without an address":    {[]string{"--addr", "0.0.0.0:0", "--class", "--allow-development-credentials"}, "--public-url"},
		"class on real engines":       {append(real[:4:4], "--addr", "0.0.0.0:0", "--class", "--allow-development-credentials", "--public-url", "http://192.168.1.20:8080"), "--class"},
		"class for everybody":         {append(class, "--sign-in", "never"), "--class: with --sign-in never"},
		"class of nobody":             {append(class, "--class-size", "0"), "--class-size 0"},
		"class of thousands":          {append(class, "--class-size", "1001"), "--class-size 1001"},
		"class for a moment":          {append(class, "--class-for", "1s"), "--class-for 1s"},
		"lessons of nowhere":          {[]string{"--lessons", "testdata/nowhere"}, "--lessons testdata/nowhere"},
		"lessons that are not given":  {[]string{"--lessons", ".", "--scenario-runs", "0"}, "--lessons: with --scenario-runs 0"},
		"class for days":              {append(class, "--class-for", "25h"), "--class-for 25h"},
		"bounds of no class":          {[]string{"--class-size", "10"}, "--class"},
		"no such flag":                {[]string{"--datta", "x"}, "--datta"},
		"a stray word":                {[]string{"rnu"}, "rnu"},
	} {
		var out, said bytes.Buffer
		if code := run(t.Context(), c.args, &out, &said); code == 0 || !strings.Contains(said.String(), c.flag) || strings.Contains(said.String(), secret) || out.Len() > 0 {
			t.Errorf("%s: code %d, %s%s", name, code, said.String(), out.String())
		}
	}
}

// A value from the environment is named as its flag.
func TestRun_NamesTheVariableThatIsWrong(t *testing.T) {
	t.Setenv("SANDBANK_BANK_TIMEOUT", "soon")
	var said bytes.Buffer
	if code := run(t.Context(), nil, io.Discard, &said); code == 0 || !strings.Contains(said.String(), "SANDBANK_BANK_TIMEOUT") && !strings.Contains(said.String(), "--bank-timeout") {
		t.Errorf("code %d, %s", code, said.String())
	}
}
