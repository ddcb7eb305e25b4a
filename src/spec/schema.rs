//! JSON Schemas of what may be written, for editors (yaml-language-server) and `iamctl schema`.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::shape::{AccountsFile, ProjectSpec, SpecFile};
use super::template::Template;

fn schema<T: JsonSchema>(title: &str) -> Value {
    // Draft 7 is what yaml-language-server knows best.
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), Value::from(title));
    schema.to_value()
}

/// The schema of spec files.
pub fn spec_schema() -> Value {
    schema::<SpecFile>("iamctl spec")
}

/// The schema of the project file.
pub fn project_schema() -> Value {
    schema::<ProjectSpec>("iamctl project")
}

/// The schema of the file that `accounts_from` names.
pub fn accounts_schema() -> Value {
    schema::<AccountsFile>("iamctl accounts")
}

/// The schema of template files.
pub fn template_schema() -> Value {
    schema::<Template>("iamctl template")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_are_strict_and_described() {
        for schema in [spec_schema(), project_schema(), template_schema(), accounts_schema()] {
            assert_eq!(schema["additionalProperties"], false, "{schema}");
            assert!(schema["description"].is_string());
            assert!(jsonschema::validator_for(&schema).is_ok());
        }
    }

    #[test]
    fn the_schema_takes_what_the_reader_takes() {
        let spec = serde_json::json!({
            "version": 1,
            "roles": {"r": {
                "trust": [{"service": "ec2.amazonaws.com"}, {"github": {"repository": ["a/b"], "ref": "refs/heads/main"}}],
                "max_session_duration": "1h", "instance_profile": true, "protect": "${var.protect}",
                "managed_policies": "${var.list}", "inline_policies": {"x": {"Version": "2012-10-17"}}, "manage": "create_only"
            }},
            "users": {"alice": null},
            "service_linked_roles": ["spot.amazonaws.com", {"service": "autoscaling.amazonaws.com", "custom_suffix": "blue"}],
            "use": [{"template": "sagemaker/training", "with": {"s3_buckets": ["b"]}}],
            "tests": [{"name": "n", "principal": "role/r", "expect": {"allowed": [{"action": "s3:GetObject"}]}}]
        });
        let validator = jsonschema::validator_for(&spec_schema()).unwrap();
        let errors: Vec<String> = validator.iter_errors(&spec).map(|e| format!("{} at {}", e, e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        assert!(!validator.is_valid(&serde_json::json!({"roles": {"r": {"tagz": {}}}})));
    }
}
