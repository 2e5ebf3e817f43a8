// SPDX-License-Identifier: Apache-2.0

#include "tests/programs/recipe.h"

#include "absl/strings/str_cat.h"

namespace rollout::programs {
namespace {

using Words = std::vector<std::string>;

std::string VersionLine(int number) {
  return absl::StrCat("version ", number, "\n");
}

std::vector<NamedText> VersionFile(const Edition& edition) {
  return {{"version", VersionLine(edition.number)}};
}

std::vector<NamedText> NoText(const Edition&) { return {}; }

// Answers its version line.
Recipe Of(const std::string& name, const std::vector<std::string>& sources,
          std::vector<NamedText> (*texts)(const Edition&)) {
  Recipe recipe;
  recipe.name = name;
  recipe.sources = sources;
  recipe.texts = texts;
  recipe.answer = VersionLine;
  return recipe;
}

Recipe Python() {
  Recipe recipe = Of("python", {}, NoText);
  recipe.texts = [](const Edition& edition) -> std::vector<NamedText> {
    const std::string line = VersionLine(edition.number);
    return {{"index.html", line},
            {"ready", line},
            {absl::StrCat("ready-", edition.number), line}};
  };
  recipe.command = [](const Edition& edition) -> Words {
    return {"/usr/bin/python3", "-m",          "http.server", "--bind",
            "${host.address}",  "--directory", "${artifact}", edition.port};
  };
  return recipe;
}

Recipe NginxOf(const std::string& name, const std::string& configuration,
               const std::string& daemon = "off") {
  Recipe recipe = Of(name, {configuration}, NoText);
  recipe.command = [configuration, daemon](const Edition&) -> Words {
    return {
        "/usr/sbin/nginx",
        "-p",
        "${generation.dir}",
        "-e",
        "stderr",
        "-c",
        absl::StrCat("${artifact}/", configuration),
        "-g",
        absl::StrCat("daemon ", daemon, "; pid ${generation.dir}/nginx.pid;")};
  };
  recipe.signal = "QUIT";
  return recipe;
}

Recipe Node() {
  Recipe recipe = Of("node", {"node_server.js"}, VersionFile);
  recipe.command = [](const Edition& edition) -> Words {
    return {"/usr/bin/env", "node", "${artifact}/node_server.js",
            "${host.address}", edition.port};
  };
  return recipe;
}

Recipe Gunicorn() {
  Recipe recipe = Of("gunicorn", {"gunicorn_app.py"}, VersionFile);
  recipe.command = [](const Edition& edition) -> Words {
    return {"/usr/bin/gunicorn",
            "--chdir",
            "${artifact}",
            "--bind",
            absl::StrCat("${host.address}:", edition.port),
            "--workers",
            "2",
            "--access-logfile",
            "-",
            "gunicorn_app"};
  };
  return recipe;
}

Recipe Haproxy() {
  Recipe recipe = Of("haproxy", {"haproxy.cfg"}, NoText);
  recipe.command = [](const Edition&) -> Words {
    return {"/usr/sbin/haproxy", "-db", "-f", "${artifact}/haproxy.cfg"};
  };
  recipe.signal = "USR1";
  return recipe;
}

Recipe Httpd() {
  Recipe recipe = Of("httpd", {"httpd.conf"}, NoText);
  recipe.command = [](const Edition&) -> Words {
    return {"/usr/sbin/apache2",
            "-DFOREGROUND",
            "-C",
            "Define DIR ${generation.dir}",
            "-f",
            "${artifact}/httpd.conf"};
  };
  // At TERM it cuts the requests that are under way.
  recipe.signal = "WINCH";
  return recipe;
}

Recipe Lighttpd() {
  Recipe recipe = Of("lighttpd", {"lighttpd.conf"}, VersionFile);
  recipe.command = [](const Edition& edition) -> Words {
    return {"/usr/bin/env",
            "ADDRESS=${host.address}",
            absl::StrCat("PORT=", edition.port),
            "ROOT=${artifact}",
            "/usr/sbin/lighttpd",
            "-D",
            "-f",
            "${artifact}/lighttpd.conf"};
  };
  // At TERM it cuts the requests that are under way.
  recipe.signal = "INT";
  recipe.handover = "activation";
  return recipe;
}

// Each version has a store of its own, which it reads when it starts: what a
// client writes stays with the version it met.
Recipe Redis() {
  Recipe recipe = Of("redis", {}, NoText);
  recipe.texts = [](const Edition& edition) -> std::vector<NamedText> {
    const std::string value = absl::StrCat("version ", edition.number);
    return {
        {"appendonly.aof", absl::StrCat("*3\r\n$3\r\nSET\r\n$7\r\nversion\r\n$",
                                        value.size(), "\r\n", value, "\r\n")}};
  };
  // It writes to its file.
  recipe.command = [](const Edition& edition) -> Words {
    return {"/bin/sh", "-c",
            absl::StrCat("cp ${artifact}/appendonly.aof ${generation.dir} && "
                         "exec /usr/bin/redis-server --bind ${host.address} "
                         "--port ",
                         edition.port,
                         " --dir ${generation.dir} --save '' "
                         "--appendonly yes")};
  };
  recipe.readiness =
      "exec: {command: [/usr/bin/redis-cli, -e, -u, "
      "\"redis://${probe.address}\", ping]}";
  recipe.protocol = load::RedisGet("version");
  recipe.answer = [](int number) { return absl::StrCat("version ", number); };
  return recipe;
}

// Tells its version by a setting that does no harm.
Recipe Memcached() {
  Recipe recipe = Of("memcached", {}, NoText);
  recipe.command = [](const Edition& edition) -> Words {
    return {"/usr/bin/memcached",        "-u", "nobody",     "-l",
            "${host.address}",           "-p", edition.port, "-R",
            absl::StrCat(edition.number)};
  };
  recipe.readiness = "tcp: {}";
  recipe.protocol = load::MemcachedSetting("reqs_per_event");
  recipe.answer = [](int number) { return absl::StrCat(number); };
  return recipe;
}

// The same where no two of them may run at once, as with one store for all.
Recipe Exclusive(Recipe recipe) {
  recipe.name += "_exclusive";
  recipe.handover = "exclusive";
  return recipe;
}

// The same as they upgrade themselves. nginx obeys USR2 and WINCH only as a
// daemon.
Recipe NginxBySignal() {
  Recipe recipe = NginxOf("nginx_signal", "nginx.conf", "on");
  recipe.handover = "signal";
  recipe.settings =
      "    upgrade:\n"
      "      signal: USR2\n"
      "      retire: WINCH\n"
      "      restore: HUP\n"
      "      pidFile: \"${generation.dir}/nginx.pid\"\n";
  return recipe;
}

Recipe GunicornBySignal() {
  Recipe recipe = Gunicorn();
  recipe.name += "_signal";
  recipe.handover = "signal";
  return recipe;
}

}  // namespace

std::vector<Recipe> Recipes() {
  return {Python(),
          NginxOf("nginx", "nginx.conf"),
          NginxOf("nginx_reuseport", "nginx_reuseport.conf"),
          Node(),
          Gunicorn(),
          NginxBySignal(),
          GunicornBySignal(),
          Haproxy(),
          Httpd(),
          Lighttpd(),
          Redis(),
          Exclusive(Redis()),
          Memcached(),
          Exclusive(Memcached())};
}

}  // namespace rollout::programs
