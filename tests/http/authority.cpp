// SPDX-License-Identifier: LGPL-2.1-or-later
#include "authority.h"

#include <cstdlib>
#include <stdexcept>

namespace airforce::test {
namespace {

constexpr const char* kConfiguration = R"(
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
subjectKeyIdentifier = hash
[ca]
default_ca = ours
[ours]
database = issued
serial = serial
default_md = sha256
copy_extensions = copy
unique_subject = no
policy = any
[any]
commonName = supplied
)";
constexpr const char* kNewKey =
    "-config ca.conf -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes ";

}  // namespace

Authority::Authority() {
  directory_.write("ca.conf", kConfiguration);
  directory_.write("issued", "");
  openssl(std::string("req -x509 ") + kNewKey +
          "-days 2 -subj '/CN=Test Authority' -extensions authority"
          " -keyout authority.key -out authority.pem");
}

GObjectPtr<GTlsCertificate> Authority::issue(const std::string& name, const std::string& not_before,
                                             const std::string& not_after) const {
  openssl(std::string("req ") + kNewKey + "-subj /CN=server -addext subjectAltName=" + name +
          " -keyout server.key -out server.csr");
  openssl(
      "ca -config ca.conf -batch -notext -create_serial -cert authority.pem -keyfile authority.key"
      " -outdir . -startdate " +
      not_before + " -enddate " + not_after + " -in server.csr -out server.pem");
  GErrorSlot error;
  GObjectPtr<GTlsCertificate> certificate(g_tls_certificate_new_from_files(
      directory_.file("server.pem").c_str(), directory_.file("server.key").c_str(), error));
  if (!certificate) throw std::runtime_error(error->message);
  return certificate;
}

void Authority::openssl(const std::string& arguments) const {
  const std::string command =
      "cd '" + directory_.path().string() + "' && openssl " + arguments + " >log 2>&1";
  if (std::system(command.c_str()) != 0)
    throw std::runtime_error("openssl " + arguments + ": " + read_file(directory_.file("log")));
}

}  // namespace airforce::test
