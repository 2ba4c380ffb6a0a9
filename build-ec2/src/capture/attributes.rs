//! Attributes: of the machine before its image is made, and of images and their snapshots.

use crate::context::Context;
use aws_sdk_ec2::types::{AttributeBooleanValue, AttributeValue, OperationType, SnapshotAttributeName};
use record::Failure;

/// Sets on the stopped machine what its image is to say of network interfaces.
pub(super) async fn of_instance(context: &Context, id: &str) -> Result<(), Failure> {
    let ami = &context.options.ami;
    let client = context.ec2();
    if ami.sriov_support {
        let simple = AttributeValue::builder().value("simple").build();
        let request = client.modify_instance_attribute().instance_id(id).sriov_net_support(simple);
        context.call_settling("ModifyInstanceAttribute", || request.clone().send()).await?;
    }
    if let Some(wanted) = ami.ena_support {
        let wanted = AttributeBooleanValue::builder().value(wanted).build();
        let request = client.modify_instance_attribute().instance_id(id).ena_support(wanted);
        context.call_settling("ModifyInstanceAttribute", || request.clone().send()).await?;
    }
    Ok(())
}

/// Sets the image's description, who may use it, its product codes and its metadata service; AWS takes one attribute a call.
pub(super) async fn of_image(context: &Context, region: &str, id: &str) -> Result<(), Failure> {
    let ami = &context.options.ami;
    let client = context.clients.ec2(region);
    let base = || client.modify_image_attribute().image_id(id);
    let mut requests = Vec::new();
    if !ami.ami_description.is_empty() {
        let text = context.late().render(&ami.ami_description)?;
        requests.push(base().description(AttributeValue::builder().value(text).build()));
    }
    if !ami.ami_groups.is_empty() {
        requests.push(permit(base(), "launchPermission").set_user_groups(Some(ami.ami_groups.clone())));
    }
    if !ami.ami_users.is_empty() {
        requests.push(permit(base(), "launchPermission").set_user_ids(Some(ami.ami_users.clone())));
    }
    if !ami.ami_org_arns.is_empty() {
        requests
            .push(permit(base(), "launchPermission").set_organization_arns(Some(ami.ami_org_arns.clone())));
    }
    if !ami.ami_ou_arns.is_empty() {
        requests.push(
            permit(base(), "launchPermission").set_organizational_unit_arns(Some(ami.ami_ou_arns.clone())),
        );
    }
    if !ami.ami_product_codes.is_empty() {
        requests
            .push(base().attribute("productCodes").set_product_codes(Some(ami.ami_product_codes.clone())));
    }
    if !ami.imds_support.is_empty() {
        requests.push(base().imds_support(AttributeValue::builder().value(&ami.imds_support).build()));
    }
    for request in requests {
        context.call_settling("ModifyImageAttribute", || request.clone().send()).await?;
    }
    Ok(())
}

fn permit(
    request: aws_sdk_ec2::operation::modify_image_attribute::builders::ModifyImageAttributeFluentBuilder,
    attribute: &str,
) -> aws_sdk_ec2::operation::modify_image_attribute::builders::ModifyImageAttributeFluentBuilder {
    request.attribute(attribute).operation_type(OperationType::Add)
}

/// Sets who may make volumes of a snapshot.
pub(super) async fn of_snapshot(context: &Context, region: &str, id: &str) -> Result<(), Failure> {
    let ami = &context.options.ami;
    let client = context.clients.ec2(region);
    let base = || {
        client
            .modify_snapshot_attribute()
            .snapshot_id(id)
            .attribute(SnapshotAttributeName::CreateVolumePermission)
            .operation_type(OperationType::Add)
    };
    let mut requests = Vec::new();
    if !ami.snapshot_users.is_empty() {
        requests.push(base().set_user_ids(Some(ami.snapshot_users.clone())));
    }
    if !ami.snapshot_groups.is_empty() {
        requests.push(base().set_group_names(Some(ami.snapshot_groups.clone())));
    }
    for request in requests {
        context.call_settling("ModifySnapshotAttribute", || request.clone().send()).await?;
    }
    Ok(())
}
