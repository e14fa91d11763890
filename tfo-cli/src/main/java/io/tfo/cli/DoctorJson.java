package io.tfo.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.tfo.FastOpenBackends;
import io.tfo.FastOpenCapability;

/** The findings as JSON; built by hand, so that no module has to be opened for reflection. */
final class DoctorJson {
  private DoctorJson() {}

  static JsonObject of(InstalledReport findings) {
    JsonObject json = new JsonObject();
    json.addProperty("version", Version.program());
    json.addProperty("system", Version.system());
    json.addProperty("java", Version.java());
    json.addProperty("canConnect", findings.connects());
    json.addProperty("canListen", findings.listens());
    json.add("client", of(findings.client()));
    json.add("server", of(findings.server()));
    JsonArray backends = new JsonArray();
    findings.backends().forEach(backend -> backends.add(of(backend)));
    json.add("backends", backends);
    JsonArray problems = new JsonArray();
    findings.problems().forEach(problems::add);
    json.add("problems", problems);
    return json;
  }

  private static JsonObject of(FastOpenBackends.Installed backend) {
    JsonObject json = new JsonObject();
    json.addProperty("name", backend.name());
    json.addProperty("priority", backend.backend().priority());
    json.addProperty("chosenToConnect", backend.connects());
    json.addProperty("chosenToListen", backend.listens());
    json.add("client", of(backend.client()));
    json.add("server", of(backend.server()));
    return json;
  }

  private static JsonObject of(FastOpenCapability capability) {
    JsonObject json = new JsonObject();
    json.addProperty("status", capability.status().name());
    json.addProperty("detail", capability.detail());
    capability.remedy().ifPresent(remedy -> json.addProperty("remedy", remedy));
    return json;
  }
}
